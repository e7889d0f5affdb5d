"""Tests how photographs are read, resized and augmented."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow.compat.v1 as tf

from efficientnet_hub.finetuning import batches, options
from efficientnet_hub.photographs import labeled as photographs_lib

_SIZE = 16


@pytest.fixture(name="photographs")
def _photographs(tmp_path) -> photographs_lib.Photographs:
    """Six images: red rises from left to right, blue is number / 5."""
    pil_image = pytest.importorskip("PIL.Image")
    paths = []
    for number in range(6):
        pixels = np.zeros([40, 60, 3], np.uint8)
        pixels[:, :, 0] = np.linspace(0, 255, 60)
        pixels[:, :, 2] = number * 51
        path = tmp_path / f"{number}.{'png' if number % 2 else 'jpg'}"
        pil_image.fromarray(pixels).save(str(path), quality=95)
        paths.append(str(path))
    labels = [0, 1, 0, 1, 0, 1]
    return photographs_lib.Photographs(["even", "odd"], paths, labels, paths)


def _elements(make_dataset, count: int) -> list:
    with tf.Graph().as_default(), tf.Session() as session:
        element = tf.data.make_one_shot_iterator(make_dataset()).get_next()
        return [session.run(element) for _ in range(count)]


def _numbers(images) -> list[int]:
    """Returns the numbers of the images, which their blue encodes."""
    return [int(round(float(blue) * 5)) for blue in images[..., 2].mean((1, 2))]


def test_each_photograph_is_evaluated_once(photographs):
    elements = _elements(
        lambda: batches.read_evaluation_batches(photographs, _SIZE, 4), 2
    )

    numbers = [number for images, _ in elements for number in _numbers(images)]
    labels = [label for _, labels in elements for label in labels]
    assert numbers == list(range(6))
    assert labels == photographs.labels
    assert [len(images) for images, _ in elements] == [4, 2]


def test_images_are_rgb_in_0_to_1(photographs):
    ((images, _),) = _elements(
        lambda: batches.read_evaluation_batches(photographs, _SIZE, 6), 1
    )

    assert images.shape == (6, _SIZE, _SIZE, 3)
    assert images.dtype == np.float32
    assert images.min() >= 0.0
    assert 0.95 < images.max() <= 1.0
    # Red rises linearly over the whole width. Resizing smooths the ends.
    expected = (np.arange(_SIZE) + 0.5) / _SIZE
    np.testing.assert_allclose(
        images[5, :, :, 0], np.tile(expected, [_SIZE, 1]), atol=0.03
    )


def test_each_epoch_has_all_photographs_in_a_new_order(photographs):
    elements = _elements(
        lambda: batches.read_training_batches(
            photographs, _SIZE, 3, options.NO_AUGMENTATION, seed=1
        ),
        8,
    )

    numbers = [number for images, _ in elements for number in _numbers(images)]
    epochs = [tuple(numbers[start : start + 6]) for start in range(0, 24, 6)]
    assert all(sorted(epoch) == list(range(6)) for epoch in epochs)
    assert len(set(epochs)) > 1
    labels = [label for _, labels in elements for label in labels]
    assert [number % 2 for number in numbers] == labels


@pytest.mark.parametrize("augmentation", options.AUGMENTATIONS)
def test_augmentation_crops_and_flips(photographs, augmentation):
    elements = _elements(
        lambda: batches.read_training_batches(
            photographs, _SIZE, 6, augmentation, seed=1
        ),
        4,
    )

    images = np.concatenate([images for images, _ in elements])
    slopes = images[:, :, -1, 0].mean(1) - images[:, :, 0, 0].mean(1)
    # Red rises by 15/16 over a whole image, and by less over a crop.
    whole = 15 / 16
    assert np.all(np.abs(slopes) < whole + 0.05)
    assert (np.abs(slopes).min() < 0.8 * whole) == (
        augmentation != options.NO_AUGMENTATION
    )
    assert (slopes.min() < 0) == (augmentation == options.CROP_AND_FLIP)


def test_a_seed_determines_the_order_and_the_augmentation(photographs):
    def read(seed):
        return np.concatenate(
            [
                images
                for images, _ in _elements(
                    lambda: batches.read_training_batches(
                        photographs, _SIZE, 5, options.CROP_AND_FLIP, seed
                    ),
                    4,
                )
            ]
        )

    first = read(1)

    np.testing.assert_array_equal(read(1), first)
    assert (read(2) != first).any()
