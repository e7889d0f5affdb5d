"""Which classes were taken for which others."""

from __future__ import annotations

import dataclasses
from typing import Iterable, Sequence

import numpy as np

# More columns than these are no table that anybody reads.
_MOST_IN_TABLE = 20
_MOST_IN_LIST = 20
# What would end a table's cell, or begin something else than text.
_ESCAPES = str.maketrans(
    {"\\": "\\\\", "|": "\\|", "`": "\\`", "<": "\\<", "\n": " ", "\r": " "}
)


@dataclasses.dataclass(frozen=True)
class Confusion:
    """Photographs of a class that were taken for those of another.

    Attributes:
      name: the class that they are of.
      taken_for: the class that they were taken for.
      count: how many they are.
      of: how many photographs of the class there are.
    """

    name: str
    taken_for: str
    count: int
    of: int

    def __str__(self) -> str:
        told = (self.name, self.taken_for, self.count, self.of)
        return "%s, taken for %s: %d of %d" % told


def most_frequent(
    matrix: np.ndarray, class_names: Sequence[str], most: int
) -> list[Confusion]:
    """Returns the confusions that there are, the most frequent first.

    Args:
      matrix: int `[classes, classes]`: how many of the class of a row were taken for
        that of a column.
      class_names: the name of each class.
      most: how many to return at the most.
    """
    counts = np.array(matrix)
    totals = counts.sum(1)
    np.fill_diagonal(counts, 0)
    frequent = np.argsort(-counts, axis=None, kind="stable")[:most]
    pairs = zip(*np.unravel_index(frequent, counts.shape))
    return [
        Confusion(
            class_names[row],
            class_names[column],
            int(counts[row, column]),
            int(totals[row]),
        )
        for row, column in pairs
        if counts[row, column]
    ]


def as_markdown(matrix: np.ndarray, class_names: Sequence[str]) -> str:
    """Returns the confusions for a page: of few classes all, of many the most frequent.

    Args:
      matrix: as of `most_frequent`.
      class_names: the name of each class.
    """
    names = [name.translate(_ESCAPES) for name in class_names]
    if len(names) <= _MOST_IN_TABLE:
        return "\n".join(_table(matrix, names))
    return "\n".join(_list(matrix, names))


def _table(matrix: np.ndarray, names: Sequence[str]) -> Iterable[str]:
    yield "How many photographs of each class, a row, were taken for which, a column:"
    yield ""
    yield _row("", names)
    yield _row("---", ["---:"] * len(names))
    for name, counts in zip(names, matrix):
        yield _row(name, map(str, counts))


def _row(first: str, others: Iterable[str]) -> str:
    return "| {} |".format(" | ".join([first, *others]))


def _list(matrix: np.ndarray, names: Sequence[str]) -> Iterable[str]:
    found = most_frequent(matrix, names, _MOST_IN_LIST)
    if not found:
        yield "No photograph was taken for one of another class."
        return
    yield "The most frequent confusions of the photographs held out:"
    yield ""
    for confusion in found:
        yield f"*   {confusion}"
