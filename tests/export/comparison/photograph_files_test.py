"""Both modules see the same photographs, the bundled ones by default."""

from __future__ import annotations

import os

import numpy as np
import pytest

from efficientnet_hub import errors
from efficientnet_hub.efficientnet import masks
from efficientnet_hub.export.comparison import photograph_files


def _images(count: int, size: int = 48) -> list[np.ndarray]:
    generator = np.random.RandomState(0)
    return list(generator.uniform(size=[count, size, size, 3]).astype(np.float32))


def test_there_are_three_bundled_photographs():
    names = map(os.path.basename, photograph_files.list_files(None))

    assert list(names) == ["chelsea.jpg", "coffee.jpg", "grace_hopper.jpg"]
    photograph_files.check(None)


@pytest.mark.parametrize("value", [0, 0.1, 0.5, 1])
@pytest.mark.parametrize("size", [1, 48, 97, 300])
def test_the_mean_of_an_image_for_training_is_exactly_one_half(value, size):
    (image,) = _images(1, size)
    image = np.clip(image**2 + value - 0.4, 0, 1)

    found = photograph_files.center(image)

    assert found.dtype == np.float32
    assert found.min() >= 0
    assert found.max() <= 1
    assert found.astype(np.float64).mean() == 0.5


def test_such_images_do_not_shift_random_masks():
    import tensorflow.compat.v1 as tf

    batch = photograph_files.make_batch(_images(2), 4)
    with tf.Graph().as_default(), tf.Session() as session:
        assert session.run(masks.compute_offset(tf.constant(batch))) == 0


def test_a_batch_repeats_photographs_as_mirror_images():
    first, other = _images(2)

    batch = photograph_files.make_batch([first, other], 4)

    np.testing.assert_array_equal(batch[0], photograph_files.center(first))
    np.testing.assert_array_equal(batch[3], photograph_files.center(other[:, ::-1]))


@pytest.mark.parametrize(
    ("path", "sentence"),
    [
        ("none", "found nothing at this path"),
        ("file.png", "found a file"),
        ("empty", "must have images"),
    ],
)
def test_what_is_no_folder_of_images_is_refused(path, sentence, tmp_path):
    (tmp_path / "empty").mkdir()
    (tmp_path / "file.png").write_bytes(b"")

    with pytest.raises(errors.InputError, match=sentence):
        photograph_files.list_files(str(tmp_path / path))


def test_a_folder_of_damaged_images_is_refused(tmp_path):
    for name in ("a.png", "b.jpg"):
        (tmp_path / name).write_bytes(b"no image")

    with pytest.raises(errors.InputError) as caught:
        photograph_files.check(str(tmp_path))

    assert len(errors.list_messages(caught.value)) == 2
