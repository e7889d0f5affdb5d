"""Images of three classes."""

from __future__ import annotations

import pathlib
import shutil

import numpy as np
import pytest
from PIL import Image

from efficientnet_hub.tests.export.evaluation import evaluations


@pytest.fixture(scope="session")
def _images(tmp_path_factory) -> pathlib.Path:
    """Images of three of ten classes, the folders of which have their indices."""
    folder = tmp_path_factory.mktemp("images")
    generator = np.random.RandomState(0)
    for number in range(evaluations.IMAGES):
        path = folder / str((0, 3, 7)[number % 3]) / f"{number}.png"
        path.parent.mkdir(exist_ok=True)
        pixels = generator.randint(0, 256, [3, 4, 3]).astype(np.uint8)
        Image.fromarray(pixels).resize((50, 40)).save(str(path))
    return folder


@pytest.fixture
def images(_images, tmp_path) -> pathlib.Path:
    """A copy of the images that a test may change."""
    return pathlib.Path(shutil.copytree(str(_images), str(tmp_path / "images")))
