"""What the network is given of a photograph."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow.compat.v1 as tf

from efficientnet_hub.finetuning import batches
from efficientnet_hub.finetuning import photographs as photographs_lib

_SIZE = 16


@pytest.fixture(name="photographs")
def _photographs(tmp_path) -> photographs_lib.Photographs:
    """Six images: red rises from left to right, blue is a sixth per image."""
    pil_image = pytest.importorskip("PIL.Image")
    paths = []
    for number in range(6):
        pixels = np.zeros([40, 60, 3], np.uint8)
        pixels[:, :, 0] = np.linspace(0, 255, 60)
        pixels[:, :, 2] = number * 51
        path = tmp_path / ("%d.%s" % (number, "png" if number % 2 else "jpg"))
        pil_image.fromarray(pixels).save(str(path), quality=95)
        paths.append(str(path))
    labels = [0, 1, 0, 1, 0, 1]
    return photographs_lib.Photographs(["even", "odd"], paths, labels, digests=paths)


def _elements(make_dataset, count: int) -> list:
    with tf.Graph().as_default(), tf.Session() as session:
        element = tf.data.make_one_shot_iterator(make_dataset()).get_next()
        return [session.run(element) for _ in range(count)]


def _numbers(images) -> list[int]:
    """Which images these are, by their blue."""
    return [int(round(float(blue) * 5)) for blue in images[..., 2].mean((1, 2))]


def test_each_photograph_is_evaluated_once(photographs):
    elements = _elements(lambda: batches.to_evaluate_with(photographs, _SIZE, 4), 2)

    numbers = [number for images, _ in elements for number in _numbers(images)]
    labels = [label for _, labels in elements for label in labels]
    assert numbers == list(range(6))
    assert labels == photographs.labels
    assert [len(images) for images, _ in elements] == [4, 2]


def test_images_are_rgb_in_0_to_1(photographs):
    ((images, _),) = _elements(
        lambda: batches.to_evaluate_with(photographs, _SIZE, 6), 1
    )

    assert images.shape == (6, _SIZE, _SIZE, 3)
    assert images.dtype == np.float32
    assert images.min() >= 0.0
    assert 0.95 < images.max() <= 1.0
    # As a whole, left to right: a line, whose ends the resizing smooths.
    expected = (np.arange(_SIZE) + 0.5) / _SIZE
    np.testing.assert_allclose(
        images[5, :, :, 0], np.tile(expected, [_SIZE, 1]), atol=0.03
    )


def test_an_epoch_has_each_photograph_in_another_order(photographs):
    elements = _elements(
        lambda: batches.to_train_with(photographs, _SIZE, 3, batches.NONE, seed=1), 8
    )

    numbers = [number for images, _ in elements for number in _numbers(images)]
    epochs = [tuple(numbers[start : start + 6]) for start in range(0, 24, 6)]
    assert all(sorted(epoch) == list(range(6)) for epoch in epochs)
    assert len(set(epochs)) > 1
    labels = [label for _, labels in elements for label in labels]
    assert [number % 2 for number in numbers] == labels


@pytest.mark.parametrize("augmentation", batches.AUGMENTATIONS)
def test_an_augmentation_does_what_it_says(photographs, augmentation):
    elements = _elements(
        lambda: batches.to_train_with(photographs, _SIZE, 6, augmentation, seed=1), 4
    )

    images = np.concatenate([images for images, _ in elements])
    slopes = images[:, :, -1, 0].mean(1) - images[:, :, 0, 0].mean(1)
    # Across a whole image red rises by 15/16, across a part of it by less.
    whole = 15 / 16
    assert np.all(np.abs(slopes) < whole + 0.05)
    assert (np.abs(slopes).min() < 0.8 * whole) == (augmentation != batches.NONE)
    assert (slopes.min() < 0) == (augmentation == batches.CROP_AND_FLIP)
