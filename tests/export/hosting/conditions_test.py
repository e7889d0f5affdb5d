"""A client that has a file gets no copy, and no part of another one."""

from __future__ import annotations

import pytest

from efficientnet_hub.export.hosting import conditions

_TAG = '"abc"'
_DATE = "Wed, 21 Oct 2015 07:28:00 GMT"
_LATER = "Thu, 22 Oct 2015 07:28:00 GMT"


@pytest.mark.parametrize(
    "headers",
    [
        {"If-None-Match": _TAG},
        {"If-None-Match": "W/" + _TAG},
        {"If-None-Match": '"other", ' + _TAG},
        {"If-None-Match": " * "},
        {"If-Modified-Since": _DATE},
        {"If-None-Match": _TAG, "If-Modified-Since": _LATER},
    ],
)
def test_a_client_has_what_it_names(headers):
    assert conditions.has_it_already(headers, _TAG, _DATE)


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"If-None-Match": '"other"'},
        {"If-None-Match": "abc"},
        {"If-None-Match": '"other"', "If-Modified-Since": _DATE},
        {"If-Modified-Since": _LATER},
    ],
)
def test_a_client_has_not_what_it_does_not_name(headers):
    assert not conditions.has_it_already(headers, _TAG, _DATE)


@pytest.mark.parametrize("condition", [{}, {"If-Range": _TAG}])
def test_a_part_of_the_same_file_is_sent(condition):
    headers = dict(condition, Range="bytes=1-")

    assert conditions.range_header(headers, _TAG) == "bytes=1-"


@pytest.mark.parametrize("condition", ['"other"', "W/" + _TAG, _DATE, ""])
def test_a_part_of_what_may_be_another_file_is_not(condition):
    headers = {"If-Range": condition, "Range": "bytes=1-"}

    assert conditions.range_header(headers, _TAG) is None
