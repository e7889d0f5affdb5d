"""Compares modules with the libraries that their weights are from.

    nox -s peers                    all of it, from the root of the project
    nox -s peers -- --all           every variant of every library
    nox -f tests/peers/noxfile.py -s "models(torch)"     one session
    nox -f tests/peers/noxfile.py -s golden              the golden files of `make test`

The interpreter python3.11 must be on the PATH. Everything is written to .nox/peers.
"""

import pathlib

import nox

nox.needs_version = ">=2025.10.14"
nox.options.default_venv_backend = "uv"
nox.options.download_python = "never"
nox.options.error_on_missing_interpreters = True
nox.options.reuse_venv = "yes"
nox.options.stop_on_first_error = True
nox.options.sessions = ["photographs", "models", "modules", "table"]

_PROGRAMS = pathlib.Path(__file__).resolve().parent
_ROOT = _PROGRAMS.parents[1]
_WORK = _ROOT / ".nox" / "peers"
nox.options.envdir = str(_WORK / "environments")

# uv writes no bytecode: the first process of an environment does.
_QUIET = {
    "TF_CPP_MIN_LOG_LEVEL": "3",
    "PYTHONDONTWRITEBYTECODE": "",
    "PYTHONWARNINGS": "ignore",
}
_ENVIRONMENTS = nox.project.load_toml(_PROGRAMS / "environments.toml")
_PYTHON = "3.11"


def _run(session, program, *options):
    session.chdir(_PROGRAMS)
    session.run("python", program, f"--work={_WORK}", *options, env=_QUIET)


@nox.session(python=_PYTHON)
def photographs(session):
    """Writes the images that all libraries see."""
    session.install("numpy", "matplotlib", "scikit-image", "pillow")
    _run(session, "photographs.py")


_in_environments = nox.parametrize(
    "name", [nox.param(name, id=name) for name in _ENVIRONMENTS]
)


@nox.session(python=_PYTHON)
@_in_environments
def models(session, name):
    """Makes the models of one environment, saves them, and runs them."""
    environment = _ENVIRONMENTS[name]
    session.install(*environment["packages"])
    _run(session, environment["program"], *session.posargs)


@nox.session(python=_PYTHON)
def modules(session):
    """Exports the saved models, and compares the modules with the libraries."""
    session.install("-e", f"{_ROOT}[hub,keras,safetensors]")
    _run(session, "own_files.py", *session.posargs)
    _run(session, "compare_modules.py", *session.posargs)


@nox.session(python=_PYTHON)
def table(session):
    """Writes the table of docs/weights.md, and its results as JSON."""
    session.run(
        "python",
        str(_PROGRAMS / "results_table.py"),
        f"--measured={_WORK / 'results.json'}",
        f"--results={_PROGRAMS / 'results.json'}",
        f"--page={_ROOT / 'docs' / 'weights.md'}",
    )


@nox.session(python=_PYTHON)
@_in_environments
def golden(session, name):
    """Writes the golden files of the main tests."""
    environment = _ENVIRONMENTS[name]
    session.install(*environment["packages"])
    session.chdir(_PROGRAMS)
    session.run("python", environment["golden"], env=_QUIET)
