"""The images of a step of training are photographs whose mean is one half."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow.compat.v1 as tf

from efficientnet_hub.efficientnet import masks
from efficientnet_hub.export.comparison import training_images


def _images(count: int, size: int = 48) -> list[np.ndarray]:
    generator = np.random.RandomState(0)
    return list(generator.uniform(size=[count, size, size, 3]).astype(np.float32))


@pytest.mark.parametrize("value", [0, 0.1, 0.5, 1])
@pytest.mark.parametrize("size", [1, 48, 97, 300])
def test_the_mean_of_an_image_for_training_is_exactly_one_half(value, size):
    (image,) = _images(1, size)
    image = np.clip(image**2 + value - 0.4, 0, 1)

    found = training_images.center(image)

    assert found.dtype == np.float32
    assert found.min() >= 0
    assert found.max() <= 1
    assert found.astype(np.float64).mean() == 0.5


def test_such_images_do_not_shift_random_masks():
    batch = training_images.make_batch(_images(2), 4)
    with tf.Graph().as_default(), tf.Session() as session:
        assert session.run(masks.compute_offset(tf.constant(batch))) == 0


def test_a_batch_repeats_photographs_as_mirror_images():
    first, other = _images(2)

    batch = training_images.make_batch([first, other], 4)

    np.testing.assert_array_equal(batch[0], training_images.center(first))
    np.testing.assert_array_equal(batch[3], training_images.center(other[:, ::-1]))
