"""The pages of the documentation and their blocks of code, for tests."""

from __future__ import annotations

import collections
import pathlib
import re

_ROOT = pathlib.Path(__file__).resolve().parents[1]
DOCUMENTS = [
    _ROOT / "README.md",
    _ROOT / "CONTRIBUTING.md",
    *sorted((_ROOT / "docs").glob("*.md")),
]
FENCED = re.compile(r"^```(.*)\n((?:.*\n)*?)^```$", re.M)

# The line that a block of code starts at, its language and its source.
Block = collections.namedtuple("Block", "line language source")


def blocks(document: pathlib.Path, language: str | None = None) -> list[Block]:
    """Returns the blocks of code of a document, or only those of one language."""
    text = document.read_text(encoding="utf-8")
    found = [
        Block(text.count("\n", 0, match.start(2)), match.group(1), match.group(2))
        for match in FENCED.finditer(text)
    ]
    return [block for block in found if language in (None, block.language)]
