"""Keeps the results of images in a folder, so that an evaluation can be continued.

A result belongs to the content of a file and its class. So images may be added or
replaced in the meantime; only theirs are computed again. Files are written atomically:
a process that is killed loses at most the last seconds.
"""

from __future__ import annotations

import json
import os
import re
import time
from typing import Any, Iterable, Mapping, Sequence

from .. import atomic_files, errors, json_files, recorded_facts
from . import outcomes as outcomes_lib

RECORD = "evaluation.json"
_NAME = re.compile(r"results-(\d{6})\.json")
_WHAT_RESULTS = "results of an evaluation"
_SECONDS_BETWEEN_FILES = 5.0
_MOST_OF_A_FILE = 10_000
_HASHES = ("module",)
_ADVICE = "use the same options to continue it, or name another folder with --output"


class PartialResults:
    """Results of images by the content of their files."""

    def __init__(self, folder: str | None) -> None:
        """Starts without results.

        Args:
          folder: an existing folder to keep them in, or None to keep them in memory.
        """
        self._folder = folder
        self._known: dict[str, list[Any]] = {}
        self._unwritten: list[str] = []
        self._files = 0
        self._written = time.monotonic()

    def load(self, facts: Mapping[str, Any], num_classes: int) -> None:
        """Reads the results of an earlier run, and records what they belong to.

        Args:
          facts: values that JSON can represent, by name. Other results are refused.
          num_classes: number of classes.

        Raises:
          errors.InputError: if the folder has results of other facts, or damaged ones.
        """
        if self._folder is None:
            return
        record = os.path.join(self._folder, RECORD)
        if os.path.exists(record):
            recorded_facts.check(record, facts, "evaluation", _HASHES, _ADVICE)
        else:
            recorded_facts.write(record, facts)
        for name in sorted(os.listdir(self._folder)):
            match = _NAME.fullmatch(name)
            if match is not None:
                self._files = int(match.group(1)) + 1
                self._read(os.path.join(self._folder, name), num_classes)

    def _read(self, path: str, num_classes: int) -> None:
        document = json_files.read(path, _WHAT_RESULTS)
        try:
            images = document.pop("images")
            found = outcomes_lib.from_json(document)
            if len(images) != len(found) or not all(map(_is_digest, images)):
                raise ValueError("other images")
            for values in (found.labels, found.predictions, found.ranks):
                if not all(0 <= value < num_classes for value in values):
                    raise ValueError("a class that the module lacks")
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise json_files.describe_damage(
                path, _WHAT_RESULTS, errors.first_line(error)
            ) from error
        self._keep(images, found)

    def _keep(self, images: Sequence[str], found: outcomes_lib.Outcomes) -> list[str]:
        rows = zip(*(values.tolist() for values in vars(found).values()))
        keys = []
        for digest, row in zip(images, rows):
            keys.append(_key(digest, row[0]))
            self._known[keys[-1]] = list(row)
        return keys

    def has(self, digest: str, label: int) -> bool:
        """Returns whether there is a result of a content and its class."""
        return _key(digest, label) in self._known

    def add(self, images: Sequence[str], found: outcomes_lib.Outcomes) -> None:
        """Adds results, and writes them from time to time.

        Args:
          images: the SHA-256 of the content of each image.
          found: their results.
        """
        self._unwritten += self._keep(images, found)
        is_due = time.monotonic() - self._written >= _SECONDS_BETWEEN_FILES
        if is_due or len(self._unwritten) >= _MOST_OF_A_FILE:
            self.flush()

    def flush(self) -> None:
        """Writes the results that are not written."""
        if self._folder is not None and self._unwritten:
            path = os.path.join(self._folder, f"results-{self._files:06d}.json")
            found = self._collect(self._unwritten)
            images = [key.split()[0] for key in self._unwritten]
            _write(path, {"images": images, **found.to_json()})
            self._files += 1
        self._unwritten = []
        self._written = time.monotonic()

    def collect(self, images: Iterable[tuple[str, int]]) -> outcomes_lib.Outcomes:
        """Returns the results of images, in their order.

        Args:
          images: the SHA-256 of the content and the class of each. Those without a
            result are left out.
        """
        keys = [_key(digest, label) for digest, label in images]
        return self._collect([key for key in keys if key in self._known])

    def _collect(self, keys: Sequence[str]) -> outcomes_lib.Outcomes:
        columns = list(zip(*(self._known[key] for key in keys))) or [()] * 4
        names = vars(outcomes_lib.join([]))
        return outcomes_lib.from_json(dict(zip(names, map(list, columns))))


def is_own_file(name: str) -> bool:
    """Returns whether this module writes files with a name."""
    complete = atomic_files.complete_name(name)
    return complete == RECORD or _NAME.fullmatch(complete) is not None


def _key(digest: str, label: int) -> str:
    return f"{digest} {label}"


def _is_digest(value: Any) -> bool:
    return isinstance(value, str) and re.fullmatch("[0-9a-f]{64}", value) is not None


def _write(path: str, document: Mapping[str, Any]) -> None:
    with atomic_files.replace(path) as part, open(part, "w", encoding="utf-8") as file:
        json.dump(document, file, sort_keys=True)
