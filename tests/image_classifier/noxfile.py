"""Trains by tensorflow_hub's make_image_classifier, as docs/fine-tuning.md does.

    nox -s image_classifier    from the repository's folder

The module is the SavedModel of the session `finetune_saved_model(2.15.1)`. The program
is in the packages of tensorflow_hub up to 0.12, which need an old protobuf: it has an
environment of its own.
"""

import pathlib
import shlex
import shutil

import nox

nox.needs_version = ">=2025.10.14"
nox.options.default_venv_backend = "uv"
nox.options.download_python = "never"
nox.options.reuse_venv = "yes"

_ROOT = pathlib.Path(__file__).resolve().parents[2]
_WORK = _ROOT / ".nox" / "image_classifier"
nox.options.envdir = str(_WORK / "environments")

_PAGE = _ROOT / "docs" / "fine-tuning.md"
# Where the page installs the program.
_PROGRAMS = ".venv-classifier/bin/"
_MODULE = _ROOT / ".nox" / "compat" / "saved_model" / "2.15.1"
_ENVIRONMENT = nox.project.load_toml(_ROOT / "environments.toml")["2.11.1"]
# uv writes no bytecode: the first process of an environment does.
_QUIET = {"TF_CPP_MIN_LOG_LEVEL": "3", "PYTHONDONTWRITEBYTECODE": ""}
# Enough to see that it trains. Guessing has an accuracy of 0.1.
_DIGITS = "400"
_MINIMUM = "--assert_accuracy_at_least=0.5"


def _read_commands():
    """Returns the arguments of pip and of make_image_classifier on the page."""
    found = {}
    for line in _PAGE.read_text(encoding="utf-8").replace("\\\n", " ").splitlines():
        program, _, arguments = line.partition(" ")
        if program.startswith(_PROGRAMS):
            found[program[len(_PROGRAMS) :]] = shlex.split(arguments)
    return found["pip"], found["make_image_classifier"]


@nox.session(python=_ENVIRONMENT["python"])
def image_classifier(session):
    """Runs the commands of the page, with fewer digits."""
    (_, *packages), options = _read_commands()
    session.install(*packages, "scikit-learn")
    folder = _WORK / "run"
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "modules").mkdir(parents=True)
    (folder / "modules" / "lite0-features").symlink_to(_MODULE)
    session.chdir(folder)
    write_digits = str(_ROOT / "examples" / "write_digits.py")
    session.run("python", write_digits, "digits", _DIGITS)
    session.run("make_image_classifier", *options, _MINIMUM, env=_QUIET)
