"""What the readers of containers return."""

from __future__ import annotations

import dataclasses
from typing import Any, Callable, Iterable, Iterator, Mapping, NamedTuple

import numpy as np

from . import refusal

# The bounds of each file. A whole model of B7 with the state of its optimizer has 3,500
# arrays.
MOST_ARRAYS = 20_000
_LONGEST_NAME = 1000


class Stored(NamedTuple):
    """What a file says about an array.

    Attributes:
      dtype: the name of its type, such as 'float32' or 'bfloat16'.
      shape: its shape.
    """

    dtype: str
    shape: tuple[int, ...]


class LazyArrays(Mapping[str, np.ndarray]):
    """Arrays by name, each of which is read again whenever it is looked up."""

    def __init__(self, names: Iterable[str], read: Callable[[str], np.ndarray]):
        """Keeps how to read arrays.

        Args:
          names: the names of the arrays, in order.
          read: reads the array of a name.
        """
        self._names = dict.fromkeys(names)
        self._read = read

    def __getitem__(self, name: str) -> np.ndarray:
        if name not in self._names:
            raise KeyError(name)
        return self._read(name)

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)


@dataclasses.dataclass(frozen=True)
class Contents:
    """The named arrays of a file, and the text beside them, as data.

    Attributes:
      arrays: the floating-point arrays by their names in the file: read-only, of the
        dtypes float16, float32 and float64. A bfloat16 is a float32 here. They may be
        read when they are looked up, see `LazyArrays`.
      stored: what the file says about each of them, by name.
      left_out: the same for each array that is not of floating-point numbers, such as a
        counter. Its values are not read.
      metadata: what the file says about the arrays. Each reader describes its own.
    """

    arrays: Mapping[str, np.ndarray]
    stored: Mapping[str, Stored]
    left_out: Mapping[str, Stored] = dataclasses.field(default_factory=dict)
    metadata: Mapping[str, Any] = dataclasses.field(default_factory=dict)


def check_name(name: str) -> None:
    """Checks the name of an array, which messages and reports repeat.

    Raises:
      refusal.RefusedError: if it has characters without a glyph, or too many.
    """
    if not name.isprintable() or len(name) > _LONGEST_NAME:
        raise refusal.RefusedError(
            f"names of at most {_LONGEST_NAME} printable characters",
            refusal.quoted(name),
            "the file was damaged",
        )


def check_count(count: int) -> None:
    """Raises refusal.RefusedError if a file has too many arrays."""
    if count > MOST_ARRAYS:
        raise refusal.RefusedError(
            f"at most {MOST_ARRAYS} arrays",
            f"{count}",
            "more was saved than the weights of a network",
        )
