"""Differences are measured in bounded memory, also of numbers that are not finite."""

from __future__ import annotations

import math

import numpy as np
import pytest

from efficientnet_hub.export.comparison import agreement, differences


def _measure(a, b) -> differences.Differences:
    found = differences.Differences()
    found.add(np.asarray(a, np.float32), np.asarray(b, np.float32))
    return found


def test_the_relative_difference_is_of_the_greatest_value_of_a():
    found = _measure([[1, -4], [0, 2]], [[1, -3], [0, 2]])

    assert (found.greatest, found.scale, found.relative) == (1, 4, 0.25)
    assert found.are_within(0.25)
    assert not found.are_within(0.2)


def test_the_median_is_exact_to_one_part_in_128():
    generator = np.random.RandomState(0)
    a, b = generator.normal(size=[2, 3_000_001]).astype(np.float32)

    found = differences.Differences()
    for part_a, part_b in zip(np.array_split(a, 7), np.array_split(b, 7)):
        found.add(part_a, part_b)

    expected = np.median(np.abs(a.astype(np.float64) - b))
    assert 0 <= 1 - found.median / expected < 1 / 128


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_numbers_that_are_not_finite_are_the_same_as_themselves_only(value):
    same, other = _measure([1, value], [1, value]), _measure([1, value], [1, 2])

    assert same.greatest == 0 and same.not_finite == 1
    assert other.greatest == math.inf and not other.are_within(1)
    assert other.measures()["relative"] is None
    assert "NaN or infinite" in other.describe()


def test_zeros_differ_from_other_numbers():
    assert _measure([0, 0], [0, 0]).are_within(0)
    assert not _measure([0, 0], [0, 1e-30]).are_within(1)


def test_nothing_is_equal_to_nothing():
    found = _measure([], [])

    assert (found.relative, found.median) == (0, 0)


def test_classifiers_agree_by_their_most_probable_classes():
    found = agreement.Agreement()
    found.add(
        np.array([[9, 8, 7, 6, 5, 0, 0], [1, 2, 3, 4, 5, 6, 7]]),
        np.array([[9, 8, 7, 6, 0, 5, 0], [1, 2, 3, 4, 5, 7, 6]]),
    )

    assert found.measures() == {"top_1": 0.5, "top_5": 0.9}
    assert found.describe() == (
        "top-1 agrees on 1 of 2 photographs, top-5 on 9 of 10 classes"
    )


def test_a_classifier_may_have_fewer_than_five_classes():
    found = agreement.Agreement()
    found.add(np.array([[1, 2]]), np.array([[1, 2]]))

    assert found.measures() == {"top_1": 1, "top_5": 1}


def test_a_difference_from_zeros_is_no_part_of_the_greatest_value():
    found = _measure([0, 0], [0, 0.5])

    assert found.describe() == (
        "greatest difference 0.5 (all values of A are 0), median 0"
    )


@pytest.mark.parametrize(
    ("a", "b", "greatest"),
    [(1 + 1j, 1 + 5j, 4), (2 + 1j, 5 + 1j, 3), (1 + 1j, 1 + 1j, 0), (1 + 1j, 1, 1)],
)
def test_both_parts_of_complex_numbers_count(a, b, greatest):
    found = differences.Differences()
    found.add(np.full([2, 3], a, np.complex64), np.full([2, 3], b, np.complex64))

    assert found.greatest == greatest
    difference = differences.subtract(np.asarray(a), np.asarray(complex(b)))
    assert np.abs(difference).max() == greatest
