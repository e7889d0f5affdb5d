"""A photograph is resized as Pillow does it."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from efficientnet_hub.photographs import resizing
from efficientnet_hub.tests.photographs import samples


@pytest.mark.parametrize("size", [(16, 16), (224, 224), (7, 31)])
def test_the_whole_photograph_is_resized_by_pillows_bicubic(size):
    height, width = size
    image = Image.fromarray(samples.make_pixels())

    pixels = resizing.squash(image, height, width)

    resized = image.resize((width, height), Image.BICUBIC)
    assert pixels.dtype == np.float32
    np.testing.assert_array_equal(pixels, np.asarray(resized, np.float32) / 255)
