"""Fixtures of images, and of modules that are loaded once."""

from __future__ import annotations

import functools
import pathlib
import shutil

import pytest

from efficientnet_hub.export.execution import runner
from efficientnet_hub.tests.export import noise_images
from efficientnet_hub.tests.export.embedding import tables


@pytest.fixture(scope="session")
def _images(tmp_path_factory) -> pathlib.Path:
    folder = tmp_path_factory.mktemp("images")
    numbers = range(tables.IMAGES)
    noise_images.write(
        folder, (f"{('a/b/', 'a/', '')[n % 3]}{n:02}.png" for n in numbers)
    )
    return folder


@pytest.fixture(autouse=True)
def _load_once(load_once, monkeypatch):
    """Keeps modules that are loaded: loading takes most of the time of a test."""
    monkeypatch.setattr(runner, "open_module", load_once)


@pytest.fixture(scope="module")
def load_once():
    return functools.lru_cache(maxsize=None)(runner.open_module)


@pytest.fixture
def images(_images, tmp_path) -> pathlib.Path:
    """A copy of the images that a test may change."""
    return pathlib.Path(shutil.copytree(str(_images), str(tmp_path / "images")))


@pytest.fixture
def output(tmp_path) -> str:
    return str(tmp_path / "features.npz")
