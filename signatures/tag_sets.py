"""The tag sets of a module's graphs."""

from __future__ import annotations

from .. import escaping

INFERENCE: frozenset[str] = frozenset()
TRAIN = frozenset(["train"])
SERVE = frozenset(["serve"])

_MOST_TAGS = 3  # Hostile modules have many.


def format_tags(tags: frozenset[str]) -> str:
    """Formats a tag set for a message, e.g. as {"train"}."""
    shown = [f'"{escaping.cut(tag)}"' for tag in sorted(tags)]
    more = ["..."] if shown[_MOST_TAGS:] else []
    return "{" + ", ".join(shown[:_MOST_TAGS] + more) + "}"
