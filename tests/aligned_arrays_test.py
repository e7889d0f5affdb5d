"""Copies of arrays are where TensorFlow can use them, and hold the same values."""

from __future__ import annotations

import numpy as np
import pytest

from efficientnet_hub import aligned_arrays


@pytest.mark.parametrize(
    "value",
    [
        np.arange(6, dtype=np.float32).reshape(2, 3).T,
        np.arange(1000, dtype=np.float64)[::-3],
        np.arange(5, dtype=">f4"),
        np.float32(7),
    ],
    ids=["transposed", "strided", "big-endian", "scalar"],
)
def test_a_copy_is_aligned_and_contiguous(value):
    copy = aligned_arrays.copy(value)

    assert copy.dtype == np.float32 and copy.shape == np.shape(value)
    np.testing.assert_array_equal(copy, value)
    assert copy.flags.c_contiguous and copy.ctypes.data % 64 == 0


def test_a_copy_is_independent_of_the_array():
    value = aligned_arrays.copy(np.ones(3))

    copy = aligned_arrays.copy(value)
    value[...] = 0

    assert copy.tolist() == [1, 1, 1]


def test_a_copy_is_aligned_and_its_parts_are_not():
    copy = aligned_arrays.copy(np.ones(100))

    assert aligned_arrays.is_aligned(copy)
    assert not aligned_arrays.is_aligned(copy[1:])
    assert not aligned_arrays.is_aligned(copy[::2])
