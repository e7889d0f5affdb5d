"""Modules to install, and tensorflow_hub's own resolver to find them."""

from __future__ import annotations

import os
import pathlib
import shutil
import tempfile

import pytest

from efficientnet_hub import dependencies
from efficientnet_hub.export import options as options_lib
from efficientnet_hub.export.collection import entries, manifest
from efficientnet_hub.export.hub_cache import installation
from efficientnet_hub.export.verification import promise
from efficientnet_hub.tests import shared_results

HANDLE = "https://tfhub.dev/google/efficientnet/b2/classification/1"


@pytest.fixture
def handle() -> str:
    """The handle of a frozen program."""
    return HANDLE


@pytest.fixture
def cache(tmp_path, monkeypatch) -> str:
    """The path of the cache, which does not exist yet."""
    path = str(tmp_path / "cache")
    monkeypatch.setenv("TFHUB_CACHE_DIR", path)
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(scratch))
    yield path
    assert not list(scratch.iterdir())


@pytest.fixture
def other(module, tmp_path) -> str:
    """The directory of another publisher's module."""
    path = shutil.copytree(module.directory, str(tmp_path / "other"))
    with open(os.path.join(path, "variables", "theirs.txt"), "w") as file:
        file.write("another module")
    return path


@pytest.fixture
def install(module, handle, cache):
    """Returns a function that installs a module, the archive of `tiny` by default."""

    def _install(source=None, manifest=None, overwrite=False):
        source = source or module.archive
        return installation.install(source, handle, cache, manifest, overwrite)

    return _install


@pytest.fixture
def resolve(monkeypatch):
    """Returns a function that finds a module as tensorflow_hub does, offline."""
    hub = dependencies.tensorflow_hub()

    def _refuse(*_, **__):
        raise OSError("there is no network")

    monkeypatch.setattr("urllib.request.urlopen", _refuse)
    return hub.resolve


@pytest.fixture(scope="session")
def published(module, tiny, tmp_path_factory) -> pathlib.Path:
    """The path of a published archive, with its manifest beside it."""

    def _publish(folder: pathlib.Path) -> pathlib.Path:
        archive = folder / "1.tar.gz"
        shutil.copy(module.archive, str(archive))
        options = options_lib.ExportOptions("efficientnet-b0", "random")
        entry = entries.Entry("modules.yaml:1", "me/tiny/classification", options)
        described = manifest.describe(
            manifest.inputs(entry),
            {"tensorflow": "2.15.1"},
            module.documentation,
            str(archive),
            module.card,
            tiny,
            [promise.Finding("works", promise.Outcome.KEPT)],
        )
        (folder / "1.html").write_text("<!DOCTYPE html>")
        complete = manifest.with_browser_page(described, str(folder / "1.html"), {})
        manifest.write(str(folder / "1.manifest.json"), complete)
        return archive

    return shared_results.make_once(tmp_path_factory, "published-tiny", _publish)
