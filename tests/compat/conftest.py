"""What a consumer is given: a builder's modules, photographs, expected outputs.

The main suite reads this file on its way to `compatibility_table_test.py`, without
this folder on its path.
"""

import os
import platform

import numpy as np
import pytest


def pytest_addoption(parser):
    parser.addoption("--modules", help="the folder that a builder wrote")
    parser.addoption("--reference", help="the folder of photographs and outputs")
    parser.addoption("--server_python", help="a Python that has this package")
    parser.addoption("--checkpoints", help="the folder to keep fine-tuned weights in")
    for package in ("python", "tensorflow", "tensorflow_hub"):
        parser.addoption(f"--{package}", help="the version that must be running")


@pytest.fixture(scope="session")
def running_versions(pytestconfig):
    """Fails every test if it does not run in the expected environment."""
    import tensorflow

    python = ".".join(platform.python_version_tuple()[:2])
    assert python == pytestconfig.getoption("--python")
    assert tensorflow.__version__ == pytestconfig.getoption("--tensorflow")
    expected_hub = pytestconfig.getoption("--tensorflow_hub")
    if expected_hub:
        import tensorflow_hub

        assert tensorflow_hub.__version__ == expected_hub


@pytest.fixture(scope="session")
def modules(pytestconfig, running_versions):
    """Returns the folder with the modules 'b0', 'b0-feature-vector', 'lite0'."""
    return pytestconfig.getoption("--modules")


@pytest.fixture(scope="session")
def photographs(pytestconfig):
    """Returns float32 `[3, 224, 224, 3]`: an officer, a cat, a cup of coffee."""
    return np.load(_reference_file(pytestconfig, "photographs.npy"))


@pytest.fixture(scope="session")
def reference(pytestconfig):
    """Returns the expected outputs for the photographs, by 'module/output'."""
    return np.load(_reference_file(pytestconfig, "outputs.npz"))


def _reference_file(config, name):
    return os.path.join(config.getoption("--reference"), name)


@pytest.fixture(scope="session")
def checkpoints(pytestconfig):
    """Returns the folder to keep fine-tuned weights in."""
    return pytestconfig.getoption("--checkpoints")


@pytest.fixture
def archive_url(pytestconfig, modules, tmp_path, monkeypatch):
    """Serves the archive of 'b0' to an empty cache; returns its address."""
    import archive_server

    monkeypatch.setenv("TFHUB_CACHE_DIR", str(tmp_path))
    python = pytestconfig.getoption("--server_python")
    with archive_server.serving(modules, python) as url:
        yield url
