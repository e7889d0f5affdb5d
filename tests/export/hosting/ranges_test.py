"""A range is a part of a file, none of it, or not heeded."""

from __future__ import annotations

import pytest

from efficientnet_hub.export.hosting import ranges


@pytest.mark.parametrize(
    ("header", "positions"),
    [
        ("bytes=0-0", range(0, 1)),
        ("bytes=2-4", range(2, 5)),
        ("bytes=2-", range(2, 10)),
        ("bytes=2-99", range(2, 10)),
        ("bytes=-3", range(7, 10)),
        ("bytes=-99", range(0, 10)),
        (" Bytes = 2 - 4 ", range(2, 5)),
    ],
)
def test_a_range_is_a_part_of_the_file(header, positions):
    assert ranges.requested(header, 10) == positions


@pytest.mark.parametrize("header", ["bytes=10-", "bytes=10-12", "bytes=-0"])
def test_a_range_behind_the_end_is_empty(header):
    assert ranges.requested(header, 10) == range(0)


@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        "bytes=",
        "bytes=-",
        "bytes=4-2",
        "bytes=a-b",
        "bytes=0-1,3-4",
        "lines=0-1",
        "bytes=%s-" % (5000 * "9"),
    ],
)
def test_what_is_no_single_range_gives_the_whole(header):
    assert ranges.requested(header, 10) is None
