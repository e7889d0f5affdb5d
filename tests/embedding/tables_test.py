"""Tests that a table is read in groups of rows, whatever its parts are."""

from __future__ import annotations

import numpy as np
import pytest

from efficientnet_hub.embedding import tables

_COLUMN = tables.Column("features", tables.FLOAT, (2,))


def make_rows(start: int, stop: int) -> tables.Rows:
    numbers = range(start, stop)
    values = np.array([[number, -number] for number in numbers], np.float32)
    return tables.Rows(
        [f"{number}.png" for number in numbers],
        [""] * len(numbers),
        {"features": values.reshape([-1, 2])},
    )


def make_table(*stops: int) -> tables.Table:
    """Returns a table in parts that end at some rows."""
    bounds = list(zip((0, *stops), stops))
    return tables.Table(
        [_COLUMN], {}, stops[-1], lambda: (make_rows(*each) for each in bounds)
    )


@pytest.mark.parametrize("size", [1, 2, 3, 5, 9, 100])
@pytest.mark.parametrize("stops", [(9,), (1, 2, 9), (4, 4, 8, 9)])
def test_groups_do_not_depend_on_the_parts(size, stops):
    groups = list(make_table(*stops).read_groups(size))

    assert {len(group) for group in groups[:-1]} <= {size}
    joined = tables.join(groups)
    assert joined.paths == make_rows(0, 9).paths
    np.testing.assert_array_equal(
        joined.values["features"], make_rows(0, 9).values["features"]
    )


@pytest.mark.parametrize("bounds", [(0, 9), (0, 1), (2, 5), (8, 9)])
def test_some_rows_of_a_table_are_a_table(bounds):
    chosen = make_table(3, 4, 9).select(*bounds)

    assert chosen.count == bounds[1] - bounds[0]
    assert tables.join(list(chosen.read())).paths == make_rows(*bounds).paths


@pytest.mark.parametrize(
    ("kind", "expected"),
    [(tables.FLOAT, np.nan), (tables.INTEGER, -1), (tables.TEXT, "")],
)
def test_a_damaged_image_has_a_row_of_fillers(kind, expected):
    filled = tables.Column("a", kind, (2, 3)).fill(4)

    assert filled.shape == (4, 2, 3)
    np.testing.assert_array_equal(filled, np.full([4, 2, 3], expected))
