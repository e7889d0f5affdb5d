"""The installed package: what the wheel brings, run from another folder."""

from __future__ import annotations

import os
import pathlib
import shutil
import subprocess
import sys
import zipfile

import pytest

import efficientnet_hub

_ROOT = pathlib.Path(__file__).resolve().parents[1]
_ROOMS = ("builder", "efficientnet", "embedding", "evaluation", "export")
_ROOMS += ("finetuning", "photographs", "signatures", "spark")
_DATA = (
    "export/graph_passes/known_ops/*.json",
    "export/pages/compatibility.json",
    "modules/samples/*.jpg",
    "export/pages/templates/*",
    "py.typed",
    "signatures/*.txt",
)
_PROGRAMS = ("noxfile", "setup")  # Of the root, run by nox and pip.
_NOT_INSTALLED = ("export/graph_passes/known_ops/generate.py",)

pytestmark = pytest.mark.slow


def _run(*command: str, **options) -> str:
    finished = subprocess.run(
        list(map(str, command)), capture_output=True, text=True, **options
    )
    assert finished.returncode == 0, finished.stderr
    return finished.stdout


def _pip(*arguments) -> None:
    _run(sys.executable, "-m", "pip", *arguments)


@pytest.fixture(scope="module")
def wheel(tmp_path_factory) -> pathlib.Path:
    """The wheel of a copy of the tree: setuptools writes into what it builds."""
    folder = tmp_path_factory.mktemp("wheel")
    unwanted = shutil.ignore_patterns(".*", "*.egg-info", "build", "modules", "tests")
    source = shutil.copytree(str(_ROOT), str(folder / "source"), ignore=unwanted)
    # The other files there are what people build.
    samples = os.path.join("modules", "samples")
    shutil.copytree(str(_ROOT / samples), os.path.join(source, samples))
    # The environment has what a build needs; nothing is downloaded.
    _pip("wheel", "--no-deps", "--no-build-isolation", "--wheel-dir", folder, source)
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def contents(wheel) -> set[str]:
    """The names of the files in the wheel."""
    with zipfile.ZipFile(str(wheel)) as file:
        return set(file.namelist())


@pytest.fixture(scope="module")
def installed(wheel) -> pathlib.Path:
    """A folder that has the wheel's content and nothing else."""
    folder = wheel.parent / "installed"
    _pip("install", "--no-deps", "--target", folder, wheel)
    return folder


@pytest.fixture
def run_installed(installed, tmp_path):
    """Returns a function that runs a command with the package from the wheel."""

    def _run_installed(*command: str) -> str:
        environment = dict(os.environ, PYTHONPATH=str(installed))
        return _run(*command, cwd=str(tmp_path), env=environment)

    return _run_installed


def test_the_wheel_installs_under_the_packages_name_alone(contents):
    top_levels = {name.split("/")[0] for name in contents}

    information = f"efficientnet_hub-{efficientnet_hub.__version__}.dist-info"
    assert top_levels == {"efficientnet_hub", information}


def test_the_wheel_has_every_file_of_every_room(contents):
    sources = {path for room in _ROOMS for path in (_ROOT / room).rglob("*.py")}
    data = {path for pattern in _DATA for path in _ROOT.glob(pattern)}
    sources |= {path for path in _ROOT.glob("*.py") if path.stem not in _PROGRAMS}
    expected = {path.relative_to(_ROOT).as_posix() for path in sources | data}

    found = {
        name[len("efficientnet_hub/") :]
        for name in contents
        if name.startswith("efficientnet_hub/")
    }

    assert data
    assert found == expected - set(_NOT_INSTALLED)


def test_the_installed_program_exports_and_inspects(run_installed, installed, tmp_path):
    program = installed / "bin" / "efficientnet-hub"

    home = run_installed(
        sys.executable, "-c", "import efficientnet_hub; print(efficientnet_hub)"
    )
    run_installed(
        program, "export", "--model=efficientnet-b0", "--weights=random", "--output=b0"
    )
    printed = run_installed(program, "inspect", tmp_path / "b0")

    assert str(installed) in home
    assert "5288548 trainable" in printed
    assert "1000, 'tench' ... 'toilet tissue'" in printed
