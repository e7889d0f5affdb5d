"""Builds a list of modules, several at a time, each in a process of its own."""

from __future__ import annotations

import concurrent.futures
import dataclasses
import json
import os
import subprocess
import sys
import time
from typing import Callable, Mapping, Sequence

from ... import errors
from ..storage import publication
from . import comparison, entries, layout, manifest

BUILT = "built"
UP_TO_DATE = "up to date"
FAILED = "failed"


@dataclasses.dataclass(frozen=True)
class Result:
    """What came of an entry.

    Attributes:
      handle: the module's handle and version.
      outcome: BUILT, UP_TO_DATE or FAILED.
      seconds: how long it took.
      message: why it failed, or None.
    """

    handle: str
    outcome: str
    seconds: float
    message: str | None = None

    def __str__(self) -> str:
        line = "%-10s  %s" % (self.outcome, self.handle)
        if self.outcome == BUILT:
            return f"{line} ({self.seconds:.0f} s)"
        return f"{line}: {self.message}" if self.message else line


def build_all(
    to_build: Sequence[entries.Entry],
    folder: str,
    jobs: int,
    overwrite: bool,
    versions: Mapping,
    tell: Callable[[Result], None],
    lock: int,
) -> list[Result]:
    """Builds what is not up to date of a list.

    Args:
      to_build: the list.
      folder: where the modules are published.
      jobs: how many to build at a time, at least 1.
      overwrite: whether to build anew what is published from other inputs.
      versions: what builds them, as of `manifest.versions`.
      tell: called with each result as it comes.
      lock: what `turns.held` gave for the folder.

    Returns:
      The results, in the order of the list. One that failed harms no other.
    """

    def build(entry):
        result = _result(entry, folder, versions, overwrite, lock)
        tell(result)
        return result

    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        return list(pool.map(build, to_build))


def _result(
    entry: entries.Entry, folder: str, versions: Mapping, overwrite: bool, lock: int
) -> Result:
    start = time.monotonic()
    try:
        outcome = _built(entry, folder, versions, overwrite, lock)
        message = None
    except (errors.InputError, OSError) as error:
        outcome, message = FAILED, str(error)
    seconds = time.monotonic() - start
    return Result(entry.versioned_handle, outcome, seconds, message)


def _built(
    entry: entries.Entry, folder: str, versions: Mapping, overwrite: bool, lock: int
) -> str:
    inputs = manifest.inputs(entry)
    paths = layout.paths(folder, entry.versioned_handle)
    publication.remove_staging(paths.archive)
    # Without its archive a version is not published, whatever a killed build left.
    if os.path.exists(paths.archive):
        stale = _why_stale(paths, inputs, versions)
        if stale is None:
            return UP_TO_DATE
        if not overwrite:
            raise errors.InputError(
                f"'{paths.archive}' must stay what was published, but {stale}: "
                "give the module another version, or --overwrite"
            )
    job = {
        "entry": dataclasses.asdict(entry),
        "folder": folder,
        "inputs": inputs,
        "versions": versions,
    }
    process = subprocess.run(
        [sys.executable, "-m", "efficientnet_hub.export.collection.worker"],
        input=json.dumps(job),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        pass_fds=[lock],
    )
    if process.returncode != 0:
        raise errors.InputError(_last_line(process))
    return BUILT


def _why_stale(paths: layout.Paths, inputs: Mapping, versions: Mapping) -> str | None:
    """Returns why a version that is published is not what would be built, or None."""
    try:
        differences = comparison.find_differences(paths.manifest)
        if differences:
            return differences[0]
        known = manifest.read(paths.manifest)
    except errors.InputError as error:
        return str(error)
    changed = manifest.changes(known, inputs, versions)
    return f"it was built with another {changed[0]}" if changed else None


def _last_line(process: subprocess.CompletedProcess) -> str:
    lines = process.stderr.strip().splitlines()
    if process.returncode < 0:
        return "its process was killed by signal %d: was there memory enough?" % (
            -process.returncode
        )
    return lines[-1] if lines else "its process ended with %d" % process.returncode
