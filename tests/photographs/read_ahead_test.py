"""Tests that images are read in order, in threads, and not too far ahead."""

from __future__ import annotations

import threading

import pytest

from efficientnet_hub import errors
from efficientnet_hub.photographs import read_ahead


def _read(path: str) -> str:
    if path == "damaged":
        raise errors.InputError("it is damaged")
    return path.upper()


@pytest.mark.parametrize("batch", [1, 2, 3, 100])
def test_batches_have_the_order_of_the_paths(batch):
    paths = [f"path {index}" for index in range(7)]

    batches = list(read_ahead.read_batches(paths, _read, batch))

    assert [len(each) for each in batches[:-1]] == [batch] * (len(batches) - 1)
    expected = [(path, path.upper()) for path in paths]
    assert [result for each in batches for result in each] == expected


def test_items_may_come_one_by_one():
    taken = []

    def list_items():
        for number in range(100):
            taken.append(number)
            yield str(number)

    batches = read_ahead.read_batches(list_items(), _read, 5)

    assert [path for path, _ in next(batches)] == list("01234")
    assert len(taken) == 15
    batches.close()


def test_no_paths_are_no_batches():
    assert list(read_ahead.read_batches([], _read, 4)) == []


def test_an_error_is_in_the_place_of_its_file():
    paths = ["a", "damaged", "b"]

    (batch,) = read_ahead.read_batches(paths, _read, 3, errors.InputError)

    read = [(path, str(result)) for path, result in batch]
    assert read == [("a", "A"), ("damaged", "it is damaged"), ("b", "B")]


def test_an_error_is_raised_where_none_is_expected():
    with pytest.raises(errors.InputError, match="it is damaged"):
        list(read_ahead.read_batches(["damaged"], _read, 3))


def test_only_two_batches_are_read_ahead():
    read = []
    batches = read_ahead.read_batches(
        list(map(str, range(100))), lambda path: read.append(path), 5
    )

    next(batches)
    batches.close()

    assert len(read) <= 15


def test_images_are_read_while_the_caller_works():
    second = threading.Event()

    def read(path):
        if path == "1":
            second.set()
        return path

    batches = read_ahead.read_batches(["0", "1"], read, 1)
    next(batches)

    assert second.wait(10)
    assert list(batches) == [[("1", "1")]]


def test_a_batch_of_large_images_has_fewer():
    sizes = [(224, 224), (600, 600), (4096, 4096)]

    assert [read_ahead.choose_batch(*size) for size in sizes] == [16, 2, 1]
