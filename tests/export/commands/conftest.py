"""Replacements for TensorFlow, and modules that commands read."""

from __future__ import annotations

import os

import pytest

from efficientnet_hub.tests.export.commands import program


@pytest.fixture(scope="session")
def tensorflow(tmp_path_factory):
    """Returns a function that replaces TensorFlow by another package."""

    def _tensorflow(source: str) -> dict[str, str]:
        folder = tmp_path_factory.mktemp("packages")
        (folder / "tensorflow.py").write_text(source)
        paths = [str(folder), os.environ.get("PYTHONPATH")]
        return {"PYTHONPATH": os.pathsep.join(filter(None, paths))}

    return _tensorflow


@pytest.fixture(scope="session")
def unwanted_tensorflow(tensorflow):
    return tensorflow("raise AssertionError('TensorFlow was imported')")


@pytest.fixture(scope="session")
def missing_tensorflow(tensorflow):
    return tensorflow(
        "raise ModuleNotFoundError('No module named tensorflow', name='tensorflow')"
    )


@pytest.fixture(scope="session")
def feature_vector_module(tmp_path_factory) -> str:
    return str(tmp_path_factory.mktemp("features") / "module")


@pytest.fixture(scope="session")
def printed(feature_vector_module) -> list[str]:
    """The lines that the export of a feature-vector module prints."""
    return program.output(
        "export",
        "--model=efficientnet-lite0",
        "--weights=random",
        "--task=feature-vector",
        "--output=" + feature_vector_module,
        f"--archive={feature_vector_module}.tar.gz",
    ).splitlines()
