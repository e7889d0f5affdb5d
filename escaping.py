"""Shows untrusted text, such as names of classes and files, without side effects.

A terminal executes escape sequences, Markdown and HTML have markup, and a newline in a
name can look like a message of this program.
"""

from __future__ import annotations

import re
import reprlib
import unicodedata
from typing import Any, Mapping, Sequence

# The longest value in a message, and the longest message, in characters.
MAX_VALUE = 100
MAX_MESSAGE = 2000

# Control and format characters, lone surrogates, separators of lines and paragraphs.
_HIDDEN = ("Cc", "Cf", "Cs", "Zl", "Zp")
# Some scripts and emoji need the zero-width joiner and non-joiner.
_JOINERS = "\u200c\u200d"
# Markdown that can start anywhere in a line, and what replaces it. Not every renderer
# knows a backslash before the characters that are shown by a reference.
_MARKUP = {
    **{character: "\\" + character for character in "\\`*[]#|"},
    "&": "&amp;",
    "<": "&lt;",
    ">": "&gt;",
    "~": "&#126;",
    "$": "&#36;",
}
# Inside a word, a single underscore is no markup.
_UNDERSCORE = re.compile("(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])")
_LINE_BREAKS = re.compile("[\r\n]+")
# What starts a list, or a line below a heading, at the start of a line only.
_LIST_AT_START = re.compile(r"^(\d*)([-+.)])")
_RULE_AT_START = re.compile(r"^=")
_BACKTICKS = re.compile("`+")


def escape_terminal(text: str) -> str:
    """Returns a text as one line that a terminal shows as it is.

    Characters without a glyph, such as newlines, escape sequences, and those that
    change the direction of the text, are replaced as `repr` shows them. Applying the
    function again changes nothing.
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(map(_escape_character, text))


def _escape_character(character: str) -> str:
    if unicodedata.category(character) not in _HIDDEN or character in _JOINERS:
        return character
    return character.encode("unicode_escape", "surrogatepass").decode("ascii")


def escape_surrogates(text: str) -> str:
    """Returns a text that UTF-8 can encode.

    A name of a file that is not in UTF-8 has surrogates, which `repr` shows as escapes.
    """
    return text.encode("utf-8", "backslashreplace").decode()


def escape_document(value: Any) -> Any:
    """Returns a value of JSON whose texts UTF-8 can encode, see `escape_surrogates`.

    Many parsers refuse the escapes that JSON itself has for surrogates.
    """
    if isinstance(value, str):
        return escape_surrogates(value)
    if isinstance(value, Mapping):
        return {escape_document(k): escape_document(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [escape_document(each) for each in value]
    return value


def escape_markdown(text: str) -> str:
    """Returns Markdown that shows a text in a paragraph, a list or a table.

    Spaces at its ends, which can be markup, are removed, and line breaks are spaces.
    """
    line = escape_terminal(_LINE_BREAKS.sub(" ", text)).strip()
    escaped = "".join(_MARKUP.get(character, character) for character in line)
    escaped = _UNDERSCORE.sub(r"\_", escaped)
    return _RULE_AT_START.sub("&#61;", _LIST_AT_START.sub(r"\1\\\2", escaped))


def escape_markdown_code(text: str) -> str:
    """Returns a Markdown code span that shows a text as it is."""
    line = escape_terminal(text)
    longest = max(map(len, _BACKTICKS.findall(line)), default=0)
    ticks = "`" * (longest + 1)
    space = " " if longest else ""
    return f"{ticks}{space}{line}{space}{ticks}"


def escape_comment(text: str) -> str:
    """Returns a text for a comment of HTML or Markdown, which it cannot end."""
    return escape_terminal(text).replace("<", "&lt;").replace(">", "&gt;")


def cut(text: object, limit: int = MAX_VALUE) -> str:
    """Returns the text of a value, or its start and its end if it is too long.

    Args:
      text: a text, or what has one, of any length.
      limit: the number of characters of the result, at most.
    """
    text = str(text)
    if len(text) <= limit:
        return text
    end = limit // 4
    return f"{text[: limit - end - 5]} ... {text[-end:]}"


def list_names(names: Sequence[str], most: int = 3) -> str:
    """Returns names in quotes for a message: the first ones, then '...' for others."""
    shown = ", ".join(map(repr, names[:most]))
    return f"{shown}, ..." if len(names) > most else shown


def show_value(value: object) -> str:
    """Returns a value as `repr` does, in at most about MAX_VALUE characters."""
    try:
        return cut(_SHORT.repr(value))
    except ValueError:  # An integer of thousands of digits.
        return "a number of thousands of digits"


def _make_short() -> reprlib.Repr:
    short = reprlib.Repr()
    short.maxstring = short.maxother = short.maxlong = MAX_VALUE
    return short


_SHORT = _make_short()
