"""Untrusted text is shown as it is, and changes nothing around it."""

from __future__ import annotations

import html
import re
import unicodedata

import markdown
import pytest

from efficientnet_hub import escaping
from efficientnet_hub.export.pages import rendering

_HOSTILE = [
    "<script>alert(1)</script>",
    "# heading",
    "a | b",
    "`code` and ``more``",
    "two\nlines",
    "two\r\n\r\n# lines",
    "[link](javascript:alert(1))",
    "![image](http://example.org/a.png)",
    "<javascript:alert(1)>",
    "&lt;b&gt; &amp; &#60;",
    "a_b __init__ a__b__c _",
    "*stars* _and_ **more** ~~gone~~",
    "- item",
    "1. item",
    "+ item",
    "---",
    "===",
    "    code",
    "~~~",
    "```",
    "> quote",
    "\\",
    "\\`",
    "[a]: javascript:b",
    "$x$",
]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("caf\u00e9 \u4e2d\u6587 \U0001f600", "caf\u00e9 \u4e2d\u6587 \U0001f600"),
        ("a\nb\r\tc", r"a\nb\r\tc"),
        ("\x1b[31mred\x07", r"\x1b[31mred\x07"),
        ("\x9b31m\x7f", r"\x9b31m\x7f"),
        ("\u202eevil\u2066\u200b", r"\u202eevil\u2066\u200b"),
        ("a\u2028b\u2029c\ufeff", r"a\u2028b\u2029c\ufeff"),
        ("m\udcff", r"m\udcff"),
        ("\u0645\u06cc\u200c\u062e", "\u0645\u06cc\u200c\u062e"),
    ],
)
def test_a_terminal_shows_text_as_it_is(text, shown):
    assert escaping.escape_terminal(text) == shown
    assert escaping.escape_terminal(shown) == shown


def test_all_texts_of_a_document_can_be_encoded():
    document = {"m\udcff": ["\udcfe", ("caf\u00e9", 1, 0.5, None, True)]}

    assert escaping.escape_document(document) == {
        r"m\udcff": [r"\udcfe", ["caf\u00e9", 1, 0.5, None, True]]
    }


@pytest.mark.slow
def test_no_character_reaches_a_terminal_that_controls_it():
    everything = "".join(map(chr, range(0x110000)))
    shown = escaping.escape_terminal(everything)

    left = {each for each in shown if unicodedata.category(each)[0] == "C"}
    assert {unicodedata.category(each) for each in left - set("\u200c\u200d")} <= {
        "Co",  # Private use and not assigned: a terminal shows a box.
        "Cn",
    }


@pytest.mark.parametrize("text", _HOSTILE)
@pytest.mark.parametrize(
    "around",
    [
        "from '{}' to '{}'",
        "{}",
        "*   {}, taken for {}",
        "| a | b |\n| --- | --- |\n| {} | {} |",
        "text\n\n*   {}\n*   {}",
    ],
)
@pytest.mark.parametrize("render", [markdown.markdown, rendering.render_markdown])
def test_markdown_shows_text_as_it_is(text, around, render):
    def show(name):
        source = around.format(*[name] * around.count("{}"))
        if render is markdown.markdown:
            return markdown.markdown(source, extensions=["tables", "fenced_code"])
        return str(render(source))

    harmless = show("QQQ")
    found = show(escaping.escape_markdown(text))

    line = re.sub("[\r\n]+", " ", text).strip()
    assert _unescape(found) == _unescape(harmless).replace("QQQ", line)


def _unescape(source: str) -> str:
    return html.unescape(source).replace("\n", "")


@pytest.mark.parametrize("text", ["a", "`", "a``b", "a|b", "<b>", "\n# x"])
def test_a_code_span_shows_text_as_it_is(text):
    found = markdown.markdown(escaping.escape_markdown_code(text))

    shown = escaping.escape_terminal(text)
    assert _unescape(found) == f"<p><code>{shown}</code></p>"


def test_a_comment_ends_where_it_should():
    assert escaping.escape_comment("a --> <b>\n") == "a --&gt; &lt;b&gt;\\n"


@pytest.mark.parametrize(
    "value",
    ["x" * 10**6, ["x" * 50] * 1000, 10**10000, -(10**26), {"a": ["b" * 200] * 9}, 0.5],
    ids=["text", "list", "huge", "large", "nested", "fraction"],
)
def test_a_value_in_a_message_is_short(value):
    assert 0 < len(escaping.show_value(value)) <= escaping.MAX_VALUE


def test_a_short_value_is_shown_whole():
    for value in ("it's", 7, None, True, "x" * 90):
        assert escaping.show_value(value) == repr(value)


def test_the_first_names_are_listed():
    assert escaping.list_names([]) == ""
    assert escaping.list_names(["a", "b", "c"]) == "'a', 'b', 'c'"
    assert escaping.list_names(["a", "b", "c"], most=2) == "'a', 'b', ..."
