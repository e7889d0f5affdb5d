"""Tests which sources make published modules stale."""

from __future__ import annotations

import os
import pathlib
import shutil

import pytest

from efficientnet_hub.export.collection import sources
from efficientnet_hub.tests import cases, fresh_process

# Resolved: under Bazel this file is a link, and only the real tree has every file.
_ROOT = pathlib.Path(__file__).resolve().parents[3]
_FOLDERS = ("builder", "efficientnet", "evaluation", "export", "signatures")
_IMPORTED = """
import pathlib, sys
import efficientnet_hub
from efficientnet_hub.export import exporter
root = pathlib.Path(efficientnet_hub.__file__).parent
for name, module in sorted(sys.modules.items()):
    if name.startswith("efficientnet_hub."):
        path = pathlib.Path(module.__file__).relative_to(root)
        if path.name != "__init__.py":
            print(path)
"""


@pytest.fixture(scope="module", name="copy")
def _copy(tmp_path_factory) -> pathlib.Path:
    """A copy of the package's sources; each test restores what it changes."""
    root = tmp_path_factory.mktemp("package")
    for folder in _FOLDERS:
        shutil.copytree(str(_ROOT / folder), str(root / folder))
    for path in _ROOT.glob("*.py"):
        shutil.copy(str(path), str(root))
    return root


@pytest.fixture(scope="module", name="unchanged")
def _unchanged(copy) -> str:
    """The digest of the copy."""
    return sources.compute_digest(str(copy))


@pytest.mark.parametrize(
    ("path", "is_source"),
    cases.slow_after(
        6,
        [
            ("efficientnet/layers.py", True),
            ("signatures/imagenet_class_names.txt", True),
            ("builder/graphs.py", True),
            ("export/exporter.py", True),
            ("export/options.py", False),
            ("export/graph_passes/folds.py", True),
            ("export/graph_passes/known_ops/1.13.1.json", True),
            ("export/model_card/hub_card.py", True),
            ("export/storage/archive_writer.py", True),
            ("export/weights/checkpoint.py", True),
            ("export/writers/saved_model_writer.py", True),
            ("builder/estimator.py", False),
            ("export/collection/jobs.py", False),
            ("export/commands/serve.py", False),
            ("export/hosting/server.py", False),
            ("export/pages/rendering.py", False),
            ("export/pages/templates/style.css", False),
            ("export/verification/verifier.py", False),
        ],
    ),
)
def test_what_makes_a_module_stale(path, is_source, copy, unchanged):
    changed = copy / path
    content = changed.read_bytes()
    changed.write_bytes(content + b"\n")
    try:
        assert (sources.compute_digest(str(copy)) != unchanged) == is_source
    finally:
        changed.write_bytes(content)


def test_the_same_sources_have_the_same_digest(copy, unchanged):
    assert sources.compute_digest(str(copy)) == unchanged


@pytest.mark.slow
def test_the_imports_that_are_read_are_those_that_are_made():
    imported = set(fresh_process.run(_IMPORTED).split())

    # Imports for type checkers only, or that a function makes, are read too.
    assert imported <= sources.find_imported()
    assert imported - set(sources.WITHOUT_EFFECT) <= set(sources.list_files())


def test_what_has_no_effect_is_imported():
    unused = set(sources.WITHOUT_EFFECT) - sources.find_imported() - {"__init__.py"}

    assert not unused


def test_the_files_exist():
    files = sources.list_files()

    assert files == sorted(files)
    assert all(os.path.isfile(str(_ROOT / path)) for path in files)


def test_no_data_file_is_forgotten():
    folders = {os.path.dirname(path) for path in sources.list_files()} - {""}
    beside = {
        str(path.relative_to(_ROOT))
        for folder in folders
        for path in (_ROOT / folder).iterdir()
        if path.is_file()
        and path.suffix not in (".py", ".pyc", ".bzl")
        and path.name != "BUILD"
    }

    assert beside <= set(sources.list_files())
