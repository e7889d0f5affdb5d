"""What was measured of who can use modules, from docs/compatibility.md."""

from __future__ import annotations

import os

from . import card

_PAGE = ("docs", "compatibility.md")
_SECTIONS = ("What works where", "Environments")


def measured() -> str:
    """Returns the table of what works in which TensorFlow, Markdown."""
    root = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    with open(os.path.join(root, *_PAGE), encoding="utf-8") as file:
        _, sections = card.split(file.read())
    return "\n\n".join(sections[title] for title in _SECTIONS)
