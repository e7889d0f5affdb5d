"""Images of three classes."""

from __future__ import annotations

import pathlib
import shutil

import pytest

from efficientnet_hub.tests.export import noise_images
from efficientnet_hub.tests.export.evaluation import evaluations


@pytest.fixture(scope="session")
def _images(tmp_path_factory) -> pathlib.Path:
    """Images of three of ten classes, the folders of which have their indices."""
    folder = tmp_path_factory.mktemp("images")
    numbers = range(evaluations.IMAGES)
    noise_images.write(folder, (f"{(0, 3, 7)[n % 3]}/{n}.png" for n in numbers))
    return folder


@pytest.fixture
def images(_images, tmp_path) -> pathlib.Path:
    """A copy of the images that a test may change."""
    return pathlib.Path(shutil.copytree(str(_images), str(tmp_path / "images")))
