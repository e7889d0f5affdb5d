"""Builds a list of modules, several at a time, each in its own process."""

from __future__ import annotations

import concurrent.futures
import dataclasses
import json
import os
import signal
import subprocess
import sys
import time
from typing import Any, Callable, Mapping, Sequence

from ... import errors
from .. import crash_reports
from ..storage import interruption, publication
from . import (
    comparison,
    entries,
    image_digests,
    layout,
    manifest,
    ownership,
    worker,
    worker_processes,
)
from . import results as results_lib


class NoTensorFlowError(errors.DependencyError):
    """TensorFlow cannot be imported, so that no module of a list can be built."""


@dataclasses.dataclass(frozen=True)
class Builder:
    """Builds modules into one collection.

    Attributes:
      folder: of the collection.
      versions: what builds the modules, see `manifest.versions`.
      overwrite: whether to build a published version again if its inputs changed.
      lock: the descriptor that `lock.hold` yields for the folder.
      processes: the processes that build.
      images: the hashes of folders to evaluate with.
    """

    folder: str
    versions: Mapping[str, str]
    overwrite: bool
    lock: int
    processes: worker_processes.Processes = dataclasses.field(
        default_factory=worker_processes.Processes
    )
    images: image_digests.ImageDigests = dataclasses.field(
        default_factory=image_digests.ImageDigests
    )

    def build_all(
        self,
        to_build: Sequence[entries.Entry],
        jobs: int,
        report: Callable[[results_lib.Result], None],
    ) -> list[results_lib.Result]:
        """Builds the modules of a list that are not up to date.

        Args:
          to_build: the list.
          jobs: how many to build at a time, at least 1.
          report: called with each result when it is known.

        Returns:
          The results, in the order of the list. A module that fails does not affect
          the others.

        Raises:
          NoTensorFlowError: if TensorFlow cannot be imported.
        """

        def build(entry: entries.Entry) -> results_lib.Result:
            result = self._try_to_build(entry)
            # An interruption reaches the processes too.
            if not self.processes.are_ended and interruption.received() is None:
                report(result)
            return result

        with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
            try:
                return list(pool.map(build, to_build))
            except BaseException:
                self.processes.end_all()
                raise

    def _try_to_build(self, entry: entries.Entry) -> results_lib.Result:
        start = time.monotonic()
        message, reason = None, None
        try:
            outcome, reason = self._build(entry)
        except NoTensorFlowError:
            raise
        except (errors.InputError, errors.DependencyError, OSError) as error:
            outcome, message = results_lib.FAILED, errors.describe(error)
        except Exception as error:
            # An error that is not foreseen does not affect the other modules either.
            where = crash_reports.write(error)
            outcome, message = results_lib.FAILED, crash_reports.describe(error, where)
        seconds = time.monotonic() - start
        return results_lib.Result(
            entry.versioned_handle, outcome, seconds, message, reason
        )

    def _build(self, entry: entries.Entry) -> tuple[str, str | None]:
        """Builds a module unless it is up to date.

        Returns:
          The outcome, and why a published version is built again.
        """
        reason = None
        inputs = manifest.inputs(entry, self.images.compute)
        paths = layout.paths(self.folder, entry.versioned_handle)
        publication.remove_staging(paths.archive)
        # Without its archive a version is not published: a killed build left the rest.
        if os.path.exists(paths.archive):
            reason = _find_staleness(paths, inputs, self.versions)
            if reason is None:
                return results_lib.UP_TO_DATE, None
            if not self.overwrite:
                raise errors.InputError(
                    f"'{paths.archive}' must stay as it was published, but {reason}: "
                    "give the module another version, or --overwrite"
                )
        ownership.check_version(entry, paths)
        self._run_worker(entry, inputs)
        return results_lib.BUILT, reason

    def _run_worker(self, entry: entries.Entry, inputs: Mapping[str, Any]) -> None:
        job = {
            "entry": dataclasses.asdict(entry),
            "folder": self.folder,
            "inputs": inputs,
            "versions": self.versions,
        }
        process = self.processes.run(
            [sys.executable, "-m", "efficientnet_hub.export.collection.worker"],
            json.dumps(job),
            self.lock,
        )
        if process.returncode == worker.NO_TENSORFLOW:
            raise NoTensorFlowError(_describe_failure(process))
        if process.returncode != 0:
            raise errors.InputError(_describe_failure(process))


def _find_staleness(
    paths: layout.Paths, inputs: Mapping[str, Any], versions: Mapping[str, str]
) -> str | None:
    """Returns why a published version is not what would be built, or None."""
    try:
        differences = comparison.find_differences(paths.manifest)
        if differences:
            return differences[0]
        known = manifest.read(paths.manifest)
    except errors.InputError as error:
        return str(error)
    changed = manifest.changes(known, inputs, versions)
    return f"it was built with another value of {changed[0]}" if changed else None


def _describe_failure(process: subprocess.CompletedProcess) -> str:
    if process.returncode < 0:
        number = -process.returncode
        cause = ": was there enough memory?" if number == signal.SIGKILL else ""
        return f"its process was killed by signal {number}{cause}"
    lines = process.stderr.strip().splitlines()
    return lines[-1] if lines else f"its process ended with {process.returncode}"
