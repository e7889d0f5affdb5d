"""Pages load no other files and run no scripts of others."""

from __future__ import annotations

import html.parser

import pytest

from efficientnet_hub.export.pages import rendering

_EVIL = "<script>alert(1)</script> [a](https://example.com) `<b>` <img src=//evil>"


class _Elements(html.parser.HTMLParser):
    """The names and attributes of a document's elements."""

    def __init__(self, document: str) -> None:
        super().__init__()
        self.found = []
        self.feed(document)

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))


@pytest.fixture(name="elements")
def _elements():
    """The elements of an index with one module, whose summary contains HTML."""
    row = {
        "address": "me/a/1.html",
        "handle": "me/a/1",
        "summary": _EVIL,
        "image_size": 32,
        "parameters": 1,
        "multiply_adds": 1,
        "archive_bytes": 1,
    }
    document = rendering.render("index.html", rows=[row], untrained=0, plots=[])
    assert "&lt;script&gt;" in document
    return _Elements(document).found


def test_html_in_markdown_is_text(elements):
    tags = [tag for tag, _ in elements]

    assert "script" not in tags and "img" not in tags and "b" not in tags


def test_markdown_is_rendered(elements):
    assert ("a", {"href": "https://example.com"}) in elements
    assert ("code", {}) in elements


def test_the_policy_forbids_to_load_anything(elements):
    (policy,) = [
        attributes["content"]
        for tag, attributes in elements
        if attributes.get("http-equiv") == "Content-Security-Policy"
    ]

    assert policy.split("; ") == [
        "default-src 'none'",
        "style-src 'unsafe-inline'",
        "img-src data:",
    ]


def test_a_missing_value_is_an_error():
    import jinja2

    with pytest.raises(jinja2.UndefinedError):
        rendering.render("index.html", rows=[], plots=[])


def test_the_versions_are_those_of_the_packages_that_render():
    assert set(rendering.versions()) == {"jinja2", "markdown"}
    assert all(value[0].isdigit() for value in rendering.versions().values())


@pytest.mark.parametrize(
    "link",
    [
        "[a](javascript:alert(1))",
        "[a](JavaScript:alert(1))",
        "[a](data:text/html;base64,PHNjcmlwdD4=)",
        "[a](java\\script:alert(1))",
        "[a](&#106;avascript:alert(1))",
        "[a][b]\n\n[b]: javascript:alert(1)",
        "<javascript:alert(1)>",
        "<someone@example.com>",
        "[a](//example.com)",
        "![a](javascript:alert(1))",
        "![a](http://example.com/tracker.png)",
    ],
)
def test_links_go_to_web_pages_only(link):
    found = _Elements(str(rendering.render_markdown(link))).found

    assert {name for _, attributes in found for name in attributes} <= {"alt"}


def test_a_cell_of_a_wide_table_says_what_its_column_is():
    table = "| a | `b` | c |\n| --- | --- | --- |\n| 1 | 2 | <i>3</i> |\n"
    found = _Elements(str(rendering.render_markdown(table))).found

    cells = [attributes for tag, attributes in found if tag == "td"]
    assert ("table", {"class": "stack long-cells"}) in found
    assert cells == [{}, {"data-label": "b"}, {"data-label": "c"}]


def test_a_table_of_two_columns_stays_as_it_is():
    table = "| a | b |\n| --- | --- |\n| 1 | 2 |\n"

    assert ("table", {}) in _Elements(str(rendering.render_markdown(table))).found
