"""The page of a collection lists its modules."""

from __future__ import annotations

from efficientnet_hub.export.pages import index_page


def _row(**changes) -> index_page.Row:
    fields = {
        "address": "me/b2/classification/1.html",
        "handle": "me/b2/classification/1",
        "summary": "Image classification with efficientnet-b2.",
        "untrained": False,
        "model": "efficientnet-b2",
        "image_size": 260,
        "parameters": 9_109_994,
        "multiply_adds": 992_000_000,
        "archive_bytes": 33_560_049,
    }
    return index_page.Row(**dict(fields, **changes))


def test_a_module_is_listed():
    page = index_page.render([_row()])

    assert '<a href="me/b2/classification/1.html">me/b2/classification/1</a>' in page
    assert "<p>Image classification with efficientnet-b2.</p>" in page
    for figure in ("260", "9.1 M", "0.99 B", "33.6 MB"):
        assert f">{figure}</td>" in page
    assert page.count('<img src="data:image/svg+xml') == 2
    assert page.count('(prefers-color-scheme: dark)" srcset="data:image/svg+xml') == 2
    assert "UNTRAINED" not in page


def test_a_warning_counts_the_untrained_modules():
    page = index_page.render([_row(), _row(untrained=True)])

    assert "UNTRAINED: 1 of these modules has untrained weights" in page


def test_a_collection_without_modules_says_so():
    assert "No modules are published yet." in index_page.render([])
