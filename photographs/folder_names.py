"""Compares the names of folders, which are names of classes."""

from __future__ import annotations

import unicodedata
from typing import Callable, Sequence

# The names of the folders that a data set is often split into, in lower case.
TRAINING = "train"
EVALUATION = ("val", "valid", "validation")
TEST = "test"
PARTS = (TRAINING, TEST, *EVALUATION)


def index_names(names: Sequence[str]) -> Callable[[str], list[int]]:
    """Returns a function that finds the indices of the names that a name means.

    They are those of the equal names. If no name is equal, they are those of the names
    with the same characters in another form of Unicode. macOS decomposes names of
    files.
    """
    exact: dict[str, list[int]] = {}
    composed: dict[str, list[int]] = {}
    for index, name in enumerate(names):
        exact.setdefault(name, []).append(index)
        composed.setdefault(compose_name(name), []).append(index)
    return lambda name: exact.get(name) or composed.get(compose_name(name), [])


def compose_name(name: str) -> str:
    """Returns a name in Unicode's composed form."""
    return unicodedata.normalize("NFC", name)
