"""Finds and formats the confusions between classes."""

from __future__ import annotations

import dataclasses
from typing import Iterable, Iterator, Sequence

import numpy as np

from .. import escaping
from ..signatures import measurements

LONGEST_LIST = measurements.MOST_CONFUSIONS


@dataclasses.dataclass(frozen=True)
class Confusion:
    """The photographs of one class that get another class as prediction.

    Attributes:
      name: the class of the photographs.
      taken_for: the predicted class.
      count: number of these photographs.
      of: number of all photographs of the class.
    """

    name: str
    taken_for: str
    count: int
    of: int

    def __str__(self) -> str:
        return f"{self.name}, taken for {self.taken_for}: {self.count} of {self.of}"


def find_most_frequent(
    matrix: np.ndarray, class_names: Sequence[str], limit: int
) -> list[Confusion]:
    """Returns the confusions that occur, the most frequent first.

    Args:
      matrix: int `[classes, classes]`. A row is the class of the photographs, a column
        the predicted class.
      class_names: the name of each class.
      limit: the largest number of confusions to return.
    """
    counts = np.array(matrix)
    triples = [
        (int(row), int(column), int(counts[row, column]))
        for row, column in zip(*np.nonzero(counts))
    ]
    return list_most_frequent(triples, class_names, limit)


def list_most_frequent(
    matrix: Iterable[tuple[int, int, int]], class_names: Sequence[str], limit: int
) -> list[Confusion]:
    """Returns the confusions of a matrix without its zeros, the most frequent first.

    Args:
      matrix: the class of the photographs, the predicted class, and the number of
        photographs, for each pair that occurs, in the order of the classes.
      class_names: the name of each class.
      limit: the largest number of confusions to return.
    """
    triples = list(matrix)
    totals: dict[int, int] = {}
    for row, _, count in triples:
        totals[row] = totals.get(row, 0) + count
    confused = [each for each in triples if each[0] != each[1]]
    confused.sort(key=lambda each: -each[2])
    return [
        Confusion(class_names[row], class_names[column], count, totals[row])
        for row, column, count in confused[:limit]
    ]


def format_markdown(matrix: np.ndarray, class_names: Sequence[str]) -> str:
    """Returns a table of all confusions, or for many classes a list of the frequent.

    Args:
      matrix: see `find_most_frequent`.
      class_names: the name of each class.
    """
    names = [escaping.escape_markdown(name) for name in class_names]
    if is_table(len(names)):
        return "\n".join(_write_table(matrix, names))
    return format_list(find_most_frequent(matrix, class_names, LONGEST_LIST))


def is_table(num_classes: int) -> bool:
    """Returns whether the confusions of a number of classes make a table."""
    return num_classes <= measurements.MOST_CLASSES_OF_MATRIX


def format_list(
    found: Sequence[Confusion], images: str = "the photographs held out"
) -> str:
    """Returns a Markdown list of confusions.

    Args:
      found: the confusions.
      images: what to call the images, plural.
    """
    return "\n".join(_write_list(found, images))


def _write_table(matrix: np.ndarray, names: Sequence[str]) -> Iterator[str]:
    yield "How many photographs of each class, a row, were taken for which, a column:"
    yield ""
    yield _format_row("", names)
    yield _format_row("---", ["---:"] * len(names))
    for name, counts in zip(names, matrix):
        yield _format_row(name, map(str, counts))


def _format_row(first: str, others: Iterable[str]) -> str:
    cells = " | ".join([first, *others])
    return f"| {cells} |"


def _write_list(found: Sequence[Confusion], images: str) -> Iterator[str]:
    if not found:
        yield "No photograph was taken for one of another class."
        return
    yield f"The most frequent confusions of {images}:"
    yield ""
    for confusion in found:
        yield f"*   {escaping.escape_markdown(str(confusion))}"
