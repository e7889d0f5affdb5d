"""Tables with a row for each image: its path, what is wrong with it, and its values."""

from __future__ import annotations

import dataclasses
from typing import Any, Callable, Iterable, Iterator, Mapping, Sequence

import numpy as np

FLOAT, INTEGER, TEXT = "float32", "int32", "text"
# What an image that cannot be read has in formats without null.
_FILLERS: Mapping[str, Any] = {FLOAT: np.nan, INTEGER: -1, TEXT: ""}
_DTYPES: Mapping[str, Any] = {FLOAT: np.float32, INTEGER: np.int32, TEXT: np.str_}


@dataclasses.dataclass(frozen=True)
class Column:
    """A column of arrays.

    Attributes:
      name: of the column.
      kind: `FLOAT`, `INTEGER` or `TEXT`.
      shape: of the array in a row.
    """

    name: str
    kind: str
    shape: tuple[int, ...]

    @property
    def width(self) -> int:
        """The number of values in a row."""
        return int(np.prod(self.shape, dtype=np.int64))

    def make(self, values: Any) -> np.ndarray:
        """Returns `[rows, *shape]` of the kind's dtype."""
        array = np.asarray(values, _DTYPES[self.kind])
        return array.reshape([-1, *self.shape])

    def fill(self, count: int) -> np.ndarray:
        """Returns the rows of images that cannot be read."""
        shape = [count, *self.shape]
        return np.full(shape, _FILLERS[self.kind], _DTYPES[self.kind])


@dataclasses.dataclass(frozen=True)
class Rows:
    """Some rows of a table.

    Attributes:
      paths: the path of each image.
      errors: why an image cannot be read, '' if it can.
      values: for each column, by its name, an array `[rows, *shape]`.
    """

    paths: Sequence[str]
    errors: Sequence[str]
    values: Mapping[str, np.ndarray]

    def __len__(self) -> int:
        return len(self.paths)

    def __getitem__(self, part: slice) -> Rows:
        return Rows(
            self.paths[part],
            self.errors[part],
            {name: array[part] for name, array in self.values.items()},
        )


def join(parts: Sequence[Rows]) -> Rows:
    """Returns the rows of several parts, at least one."""
    if len(parts) == 1:
        return parts[0]
    return Rows(
        [path for part in parts for path in part.paths],
        [error for part in parts for error in part.errors],
        {
            name: np.concatenate([part.values[name] for part in parts])
            for name in parts[0].values
        },
    )


@dataclasses.dataclass(frozen=True)
class Table:
    """A table that need not fit into memory.

    Attributes:
      columns: those beside the path and the error.
      facts: how it was computed, values that JSON can represent, by name.
      count: the number of rows.
      read: returns the rows from the first, in parts of any size. It may be called
        several times.
    """

    columns: Sequence[Column]
    facts: Mapping[str, Any]
    count: int
    read: Callable[[], Iterable[Rows]]

    def read_groups(self, size: int) -> Iterator[Rows]:
        """Yields all rows in groups of a size; the last one can be smaller."""
        waiting: list[Rows] = []
        count = 0
        for part in self.read():
            start = 0
            while count + len(part) - start >= size:
                stop = start + size - count
                yield join([*waiting, part[start:stop]])
                waiting, count, start = [], 0, stop
            if start < len(part):
                waiting.append(part[start:])
                count += len(part) - start
        if waiting:
            yield join(waiting)

    def select(self, start: int, stop: int) -> Table:
        """Returns the table of the rows from a first one to before another one."""

        def read() -> Iterator[Rows]:
            first = 0
            for part in self.read():
                if first >= stop:
                    return
                chosen = part[max(0, start - first) : max(0, stop - first)]
                first += len(part)
                if len(chosen):
                    yield chosen

        return dataclasses.replace(self, count=stop - start, read=read)
