"""Formats numbers and tables for the page."""

from __future__ import annotations

import re
from typing import Iterable, Sequence

import paired


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Returns a table; the first column is text, the others are numbers."""
    rule = ["---"] + ["---:"] * (len(head) - 1)
    lines = [list(head), rule] + [list(row) for row in rows]
    return "\n".join("| {} |".format(" | ".join(line)) for line in lines)


def replace(path: str, text: str) -> None:
    """Replaces the table of a page that has the same columns.

    Args:
      path: the page.
      text: the new table.

    Raises:
      ValueError: if the page does not have one such table.
    """
    head = re.escape(text.partition("\n")[0])
    with open(path, encoding="utf-8") as file:
        page = file.read()
    pattern = re.compile(rf"^{head}\n(?:\|.*\n)+", re.M)
    page, count = pattern.subn(lambda _: text + "\n", page)
    if count != 1:
        raise ValueError(f"the page must have one table to replace, found {count}")
    with open(path, "w", encoding="utf-8") as file:
        file.write(page)


def number(value: float) -> str:
    """Returns a number with three significant digits and no exponent."""
    magnitude = abs(value)
    for bound, digits in ((10, 2), (100, 1)):
        if magnitude < bound:
            return f"{value:.{digits}f}"
    return f"{value:,.0f}"


def spread(summary: paired.Summary) -> str:
    """Returns a median and its quartiles, as in `1.13 [1.05, 1.20]`."""
    return "{} [{}, {}]".format(*tuple(map(number, summary)))
