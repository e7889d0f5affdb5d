"""Frozen programs of each time find an installed module, unchanged and offline."""

from __future__ import annotations

import os
import pathlib
import shutil
import subprocess
import sys

import pytest

from efficientnet_hub.tests.export.commands import program
from efficientnet_hub.tests.export.hub_cache import offline_programs

# Releases of tensorflow_hub, and whether they need the TensorFlow 1 of Python 3.7.
_WITH_MODULE = {"0.7.0": True, "0.12.0": True, "0.15.0": False}
_NEWEST = "0.16.1"
# As the environment 1.15.5 of environments.toml.
_TENSORFLOW_1 = ["tensorflow==1.15.5", "numpy<1.19", "protobuf<3.21", "h5py<3"]

pytestmark = pytest.mark.slow


def _uv(*arguments: str) -> int:
    """Runs uv, which keeps what it downloads, and returns its exit status."""
    uv = shutil.which("uv")
    command = [uv] if uv else [sys.executable, "-m", "uv"]
    return subprocess.call([*command, *arguments])


@pytest.fixture(scope="session")
def tensorflow_1(tmp_path_factory) -> str:
    """The interpreter of an environment with TensorFlow 1.15."""
    folder = tmp_path_factory.mktemp("tensorflow-1") / "environment"
    if _uv("venv", "--no-python-downloads", "--python=3.7", str(folder)) != 0:
        pytest.skip("TensorFlow 1.15 needs Python 3.7, which is not on the PATH")
    python = str(folder / "bin" / "python")
    needed = ["tensorflow_hub==0.12.0", *_TENSORFLOW_1]
    assert _uv("pip", "install", "--quiet", f"--python={python}", *needed) == 0
    return python


@pytest.fixture(scope="session")
def packages(tmp_path_factory):
    """Returns a function that gives a folder with a release of tensorflow_hub."""

    def _packages(release: str) -> str:
        folder = str(tmp_path_factory.mktemp(f"tensorflow_hub-{release}"))
        install = ["pip", "install", "--quiet", "--no-deps", "--target", folder]
        assert _uv(*install, f"tensorflow_hub=={release}") == 0
        return folder

    return _packages


@pytest.fixture(name="cache")
def _cache(module, tmp_path) -> str:
    """A cache with the module that the programs load."""
    cache = str(tmp_path / "the cache")
    handle = f"--handle={offline_programs.HANDLE}"
    program.output("install", module.archive, handle, TFHUB_CACHE_DIR=cache)
    return cache


@pytest.mark.parametrize("release", _WITH_MODULE)
def test_hub_module_loads_it(release, cache, packages, tmp_path, request):
    python = sys.executable
    if _WITH_MODULE[release]:
        python = request.getfixturevalue("tensorflow_1")

    finished = offline_programs.run(
        python, packages(release), offline_programs.MODULE_PROGRAM, cache, tmp_path
    )

    assert finished.stdout.split("\n")[:2] == [release, "(2, 10)"], finished.stderr
    # No program removed or changed anything, or left its lock.
    assert len(os.listdir(cache)) == 2


@pytest.mark.parametrize("release", ["0.15.0", _NEWEST])
def test_hub_load_and_keras_layer_load_it(release, cache, packages, tmp_path):
    finished = offline_programs.run(
        sys.executable,
        packages(release),
        offline_programs.LOAD_PROGRAM,
        cache,
        tmp_path,
    )

    expected = [release, "(2, 10)", "(2, 10)"]
    assert finished.stdout.split("\n")[:3] == expected, finished.stderr


def test_without_the_module_the_program_has_no_network(cache, tmp_path):
    for path in pathlib.Path(cache).iterdir():
        shutil.rmtree(str(path)) if path.is_dir() else path.unlink()

    finished = offline_programs.run(
        sys.executable, "", offline_programs.MODULE_PROGRAM, cache, tmp_path
    )

    assert finished.returncode != 0
    assert "this process has no network" in finished.stderr
