"""Images are computed in batches, two at a time, and returned in their order."""

from __future__ import annotations

import threading
import time

import numpy as np
import pytest

from efficientnet_hub import errors
from efficientnet_hub.export.execution import image_outputs

_SECONDS = 10


def _read(item: int) -> np.ndarray:
    if item < 0:
        raise errors.InputError(f"'{item}' must be an image")
    return np.full([2, 2, 3], item, np.float32)


def _average(images: np.ndarray) -> np.ndarray:
    return images.mean(axis=(1, 2))


def test_each_image_has_its_row_in_the_order_of_the_images():
    batches = list(image_outputs.compute_batches(range(10), _read, _average, 4))

    assert [len(batch) for batch in batches] == [4, 4, 2]
    rows = [row for batch in batches for row in batch]
    assert [item for item, _ in rows] == list(range(10))
    for item, row in rows:
        np.testing.assert_array_equal(row, [item] * 3)


def test_what_cannot_be_read_has_its_error_and_the_network_does_not_see_it():
    seen = []

    def run(images):
        seen.append(len(images))
        return _average(images)

    items = [3, -1, 4, -2, -3]
    rows = [
        row for b in image_outputs.compute_batches(items, _read, run, 3) for row in b
    ]

    assert seen == [2]  # The second batch has no image.
    assert [item for item, _ in rows] == items
    assert [isinstance(row, errors.InputError) for _, row in rows] == [
        item < 0 for item in items
    ]
    assert (rows[2][1] == 4).all()


def test_two_batches_are_computed_at_a_time():
    both = threading.Barrier(2, timeout=_SECONDS)

    def run(images):
        both.wait()
        return _average(images)

    assert len(list(image_outputs.compute_batches(range(8), _read, run, 2))) == 4


def test_no_more_than_four_batches_are_in_memory():
    read_items = []

    def read(item):
        read_items.append(item)
        return _read(item)

    batches = image_outputs.compute_batches(range(60), read, _average, 5)
    for finished, _ in enumerate(batches):
        time.sleep(0.01)  # The threads read as much as they may.
        assert len(read_items) <= (finished + 4) * 5

    assert finished == 11


@pytest.mark.parametrize("error", [errors.InputError("damaged"), OSError("full")])
def test_an_error_of_the_network_is_raised_and_ends_the_threads(error):
    def run(images):
        raise error

    before = set(threading.enumerate())
    with pytest.raises(type(error), match=str(error)):
        list(image_outputs.compute_batches(range(10), _read, run, 2))

    assert set(threading.enumerate()) <= before


def test_threads_end_with_a_caller_that_does_not_read_all():
    before = set(threading.enumerate())
    batches = image_outputs.compute_batches(range(1000), _read, _average, 2)

    next(batches)
    batches.close()

    assert set(threading.enumerate()) <= before
