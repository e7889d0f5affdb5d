"""Tests which confusions are found, their order and their format."""

from __future__ import annotations

import numpy as np
import pytest

from efficientnet_hub.evaluation import confusions

_NAMES = ["cat", "dog", "newt"]
_MATRIX = np.array([[7, 3, 0], [1, 8, 1], [5, 0, 5]])


def test_the_most_frequent_come_first():
    found = confusions.find_most_frequent(_MATRIX, _NAMES, limit=3)

    assert list(map(str, found)) == [
        "newt, taken for cat: 5 of 10",
        "cat, taken for dog: 3 of 10",
        "dog, taken for cat: 1 of 10",
    ]


@pytest.mark.parametrize(("matrix", "count"), [(_MATRIX, 4), (np.diag([3, 2, 1]), 0)])
def test_only_confusions_that_occur_are_returned(matrix, count):
    assert len(confusions.find_most_frequent(matrix, _NAMES, limit=100)) == count


def test_a_matrix_may_lack_its_zeros():
    triples = [(0, 0, 7), (0, 1, 3), (1, 1, 8), (1, 2, 1), (2, 0, 5)]

    found = confusions.list_most_frequent(triples, _NAMES, limit=2)

    assert list(map(str, found)) == [
        "newt, taken for cat: 5 of 5",
        "cat, taken for dog: 3 of 10",
    ]


def test_the_matrix_is_not_modified():
    before = _MATRIX.copy()

    confusions.find_most_frequent(_MATRIX, _NAMES, limit=1)

    np.testing.assert_array_equal(_MATRIX, before)


def test_a_few_classes_make_a_table():
    assert confusions.format_markdown(_MATRIX, _NAMES).splitlines()[2:] == [
        "|  | cat | dog | newt |",
        "| --- | ---: | ---: | ---: |",
        "| cat | 7 | 3 | 0 |",
        "| dog | 1 | 8 | 1 |",
        "| newt | 5 | 0 | 5 |",
    ]


def test_a_class_name_cannot_end_its_cell():
    table = confusions.format_markdown(np.eye(2, dtype=int), ["a|b", "c\nd"])

    assert r"| a\|b | 1 | 0 |" in table
    assert "| c d | 0 | 1 |" in table


def _format_many_classes(confused: int) -> str:
    matrix = np.diag(np.full(21, 9))
    matrix[:confused, 20] = 1
    return confusions.format_markdown(matrix, [f"class {i}" for i in range(21)])


def test_many_classes_make_a_list():
    assert (
        "*   class 1, taken for class 20: 1 of 10"
        in _format_many_classes(2).splitlines()
    )
    assert "|" not in _format_many_classes(2)


def test_many_classes_without_confusions_make_a_sentence():
    assert (
        _format_many_classes(0) == "No photograph was taken for one of another class."
    )
