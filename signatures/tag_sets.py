"""The tag sets of a module's graphs."""

from __future__ import annotations

INFERENCE: frozenset[str] = frozenset()
TRAIN = frozenset(["train"])
SERVE = frozenset(["serve"])
