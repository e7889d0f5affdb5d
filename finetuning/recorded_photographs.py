"""Records which photographs a training has, so that a damaged one may be replaced.

Only the same training resumes in a folder. A file that was found damaged is an
exception: it may be mended, replaced, skipped or deleted. All others keep their sides,
so that no photograph to evaluate with was trained before.
"""

from __future__ import annotations

import json
import os
from typing import IO, Iterable, Mapping, NamedTuple, Sequence

from .. import atomic_files, bounded_files, digests, errors, json_files

TRAINING, EVALUATION = 0, 1

_WHAT = "the record of a training's photographs"
# About five million photographs.
_MAX_BYTES = 2**30


class Entry(NamedTuple):
    """A photograph.

    Attributes:
      name: its path below the folder of the classes.
      digest: the SHA-256 of its content.
      side: `TRAINING` or `EVALUATION`.
    """

    name: str
    digest: str
    side: int

    @property
    def content(self) -> tuple[str, str]:
        """The name of its class, and its digest."""
        return self.name.split(os.sep)[0], self.digest


class Record(NamedTuple):
    """What a training began with, and what was found damaged since.

    Attributes:
      entries: the photographs.
      damaged: the names of files that could not be read.
    """

    entries: list[Entry]
    damaged: list[str]


def compute_digest(entries: Iterable[Entry]) -> str:
    """Returns a hash of all contents, classes and sides, independent of paths."""
    return digests.of_texts(
        sorted(f"{entry.side} {' '.join(entry.content)}" for entry in entries)
    )


def write(path: str, record: Record) -> None:
    """Writes a record atomically, a line for each file."""
    with atomic_files.replace(path) as part, open(part, "w", encoding="utf-8") as file:
        for entry in record.entries:
            file.write(json.dumps(entry) + "\n")
        _write_damaged(file, record.damaged)


def add_damaged(path: str, names: Sequence[str]) -> None:
    """Adds files that cannot be read any more to a record."""
    with errors.naming(path), open(path, "a", encoding="utf-8") as file:
        _write_damaged(file, names)


def _write_damaged(file: IO[str], names: Sequence[str]) -> None:
    for name in names:
        file.write(json.dumps([name]) + "\n")


def read(path: str) -> Record:
    """Reads a record.

    Raises:
      errors.InputError: if it cannot be read, or is damaged.
    """
    content = bounded_files.read(path, _WHAT, _MAX_BYTES)
    record = Record([], [])
    try:
        for line in content.decode("utf-8").splitlines():
            values = json.loads(line)
            if len(values) == 1:
                record.damaged.append(str(values[0]))
                continue
            name, digest, side = values
            record.entries.append(Entry(str(name), str(digest), int(side)))
    except (ValueError, TypeError, RecursionError) as error:
        reason = errors.first_line(error)
        raise json_files.describe_damage(path, _WHAT, reason) from error
    return record


def choose_sides(
    record: Record, contents: Mapping[str, str], damaged: Iterable[str]
) -> dict[str, int] | None:
    """Returns the side of each photograph in a training that continues.

    Args:
      record: of the training.
      contents: the digest of each file that can be read, by its name.
      damaged: the names of files that cannot be read.

    Returns:
      A side by name, or None if the record lacks a file that was never damaged.
    """
    may_change = {*record.damaged, *damaged}
    by_name = {entry.name: entry.side for entry in record.entries}
    by_content = {entry.content: entry.side for entry in record.entries}
    sides = {}
    present = set()
    for name, digest in contents.items():
        content = Entry(name, digest, TRAINING).content
        present.add(content)
        if content in by_content:
            sides[name] = by_content[content]
        elif name in may_change:
            sides[name] = by_name.get(name, TRAINING)
        else:
            return None
    for entry in record.entries:
        if entry.content not in present and entry.name not in may_change:
            return None
    return sides
