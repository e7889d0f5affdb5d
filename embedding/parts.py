"""Keeps the finished rows of a table in a folder, so that a run can be continued.

A part has whole batches, and parts follow each other without a gap. So a run that is
continued computes the same batches as one that is not interrupted, and the values are
the same to the last bit. Files are written atomically: a process that is killed loses
at most the last seconds.
"""

from __future__ import annotations

import contextlib
import io
import os
import re
import time
from typing import Any, Iterator, Mapping, Sequence

import numpy as np

from .. import atomic_files, errors, recorded_facts
from . import npz_files, tables

RECORD = "embedding.json"
_NAME = re.compile(r"rows-(\d{10})-(\d{10})\.npz")
_SECONDS_BETWEEN_FILES = 5.0
_BYTES_OF_A_FILE = 2**26
# Facts whose values are hashes, which a user cannot compare.
_HASHES = ("images", "module")
_ADVICE = (
    "use the same options to continue it, remove the folder to start again, or name "
    "another --output"
)


class Parts:
    """The rows of a table that are finished, in order."""

    def __init__(
        self, folder: str, columns: Sequence[tables.Column], paths: Sequence[str]
    ) -> None:
        """Starts without rows.

        Args:
          folder: an existing folder.
          columns: those of the table.
          paths: those of all rows.
        """
        self._folder = folder
        self._columns = columns
        self._paths = paths
        self._files: list[tuple[int, int]] = []
        self._waiting: list[tables.Rows] = []
        self._written = time.monotonic()

    @property
    def count(self) -> int:
        """The number of finished rows."""
        written = self._files[-1][1] if self._files else 0
        return written + sum(map(len, self._waiting))

    def load(self, facts: Mapping[str, Any], batch: int) -> None:
        """Finds the rows of an earlier run, and records what they belong to.

        Files after a gap or a damaged one are removed.

        Args:
          facts: values that JSON can represent, by name. Rows of others are refused.
          batch: number of rows in a batch.

        Raises:
          errors.InputError: if the folder has rows of other facts.
        """
        record = os.path.join(self._folder, RECORD)
        found = sorted(
            (int(match.group(1)), int(match.group(2)), match.group())
            for match in map(_NAME.fullmatch, os.listdir(self._folder))
            if match is not None
        )
        if found and os.path.exists(record):
            recorded_facts.check(record, facts, "embedding", _HASHES, _ADVICE)
        else:
            recorded_facts.write(record, facts)
        for start, stop, name in found:
            ends_well = stop % batch == 0 or stop == len(self._paths)
            if start == self.count and ends_well and self._is_readable(start, stop):
                self._files.append((start, stop))
            else:
                os.remove(os.path.join(self._folder, name))

    def _is_readable(self, start: int, stop: int) -> bool:
        try:
            self._read(start, stop)
        except errors.InputError:
            return False
        return True

    def add(self, rows: tables.Rows) -> None:
        """Adds the rows of a batch, and writes them from time to time."""
        self._waiting.append(rows)
        size = sum(
            array.nbytes for part in self._waiting for array in part.values.values()
        )
        is_due = time.monotonic() - self._written >= _SECONDS_BETWEEN_FILES
        if is_due or size >= _BYTES_OF_A_FILE:
            self.flush()

    def flush(self) -> None:
        """Writes the rows that are not written."""
        if self._waiting:
            rows = tables.join(self._waiting)
            start = self._files[-1][1] if self._files else 0
            path = self._path(start, start + len(rows))
            # In memory first: numpy prints a traceback if the disk is full.
            content = io.BytesIO()
            np.savez(content, errors=np.array(rows.errors, np.str_), **rows.values)
            with atomic_files.replace(path) as part, open(part, "wb") as file:
                file.write(content.getbuffer())
            self._files.append((start, start + len(rows)))
        self._waiting = []
        self._written = time.monotonic()

    def _path(self, start: int, stop: int) -> str:
        return os.path.join(self._folder, f"rows-{start:010}-{stop:010}.npz")

    def read(self) -> Iterator[tables.Rows]:
        """Yields the rows that are written, from the first."""
        for start, stop in self._files:
            yield self._read(start, stop)

    def _read(self, start: int, stop: int) -> tables.Rows:
        path = self._path(start, stop)
        try:
            with np.load(path, allow_pickle=False) as arrays:
                found = {name: arrays[name] for name in arrays.files}
        except npz_files.DAMAGES as error:
            raise _describe_damage(path, errors.first_line(error)) from error
        sentences = found.pop(npz_files.ERRORS, np.zeros([0]))
        expected = {column.name: column.fill(0) for column in self._columns}
        is_complete = sentences.shape == (stop - start,) and set(found) == set(expected)
        if not is_complete or any(
            array.shape != (stop - start, *expected[name].shape[1:])
            or array.dtype.kind != expected[name].dtype.kind
            for name, array in found.items()
        ):
            raise _describe_damage(path, "other arrays")
        return tables.Rows(self._paths[start:stop], sentences.tolist(), found)

    def remove(self) -> None:
        """Removes the files, and the folder if it is then empty."""
        for name in os.listdir(self._folder):
            if is_own_file(name):
                os.remove(os.path.join(self._folder, name))
        with contextlib.suppress(OSError):  # Files of others stay.
            os.rmdir(self._folder)


def remove_record_without_rows(folder: str) -> None:
    """Removes the record of a run that ended before it wrote a row."""
    with contextlib.suppress(FileNotFoundError):
        if os.listdir(folder) == [RECORD]:
            os.remove(os.path.join(folder, RECORD))


def is_own_file(name: str) -> bool:
    """Returns whether this module writes files with a name."""
    complete = atomic_files.complete_name(name)
    return complete == RECORD or _NAME.fullmatch(complete) is not None


def _describe_damage(path: str, found: str) -> errors.InputError:
    return errors.InputError(
        f"'{path}' must be the rows of an embedding, found {found}: was it changed?"
    )
