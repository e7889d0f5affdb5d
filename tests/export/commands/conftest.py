"""Replacements for TensorFlow, and modules that commands read."""

from __future__ import annotations

import os
import pathlib

import pytest

from efficientnet_hub.tests import shared_results
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
def exported_features(tmp_path_factory) -> tuple[str, list[str]]:
    """A feature-vector module, and the lines that its export prints."""

    def export(folder: pathlib.Path) -> tuple[str, list[str]]:
        module = str(folder / "module")
        printed = program.output(
            "export",
            "--model=efficientnet-lite0",
            "--weights=random",
            "--task=feature-vector",
            "--output=" + module,
            f"--archive={module}.tar.gz",
        )
        return module, printed.splitlines()

    return shared_results.make_once(tmp_path_factory, "exported-features", export)


@pytest.fixture(scope="session")
def feature_vector_module(exported_features) -> str:
    return exported_features[0]


@pytest.fixture(scope="session")
def printed(exported_features) -> list[str]:
    """The lines that the export of a feature-vector module prints."""
    return exported_features[1]
