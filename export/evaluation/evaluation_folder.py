"""The folder that an evaluation writes to, and continues in."""

from __future__ import annotations

import contextlib
import os
from typing import Iterator

from ... import atomic_files, errors, escaping, json_files, paths
from ...evaluation import matrix_plot, partial_results
from ...evaluation import report as report_lib
from .. import destinations
from ..storage import held_folders, publication, temporary_folders

REPORT = "report.json"
CONFUSION_MATRIX = "confusions.png"


def check(folder: str, module: str, images: str) -> None:
    """Checks that an evaluation may write to a folder.

    Args:
      folder: the folder. It may be missing, empty, or of an earlier evaluation.
      module: what is evaluated.
      images: the folder of the images.

    Raises:
      errors.InputError: if it has other files, is in a folder that is read, or cannot
        be written.
      errors.DependencyError: if matplotlib is missing.
    """
    paths.check("output", folder)
    inputs = {"module": [module], "images": [images]}
    destinations.check_apart_from_inputs(folder, inputs)
    destinations.check_outside_of_modules(folder)
    if os.path.lexists(folder):
        _check_content(folder)
    publication.check_can_create(os.path.join(folder, REPORT))
    matrix_plot.check_can_draw()


def _check_content(folder: str) -> None:
    expected = f"'{folder}' must be new, empty, or of an earlier evaluation"
    if not os.path.isdir(folder):
        raise errors.InputError(f"{expected}, found a file: give another --output")
    foreign = sorted(name for name in os.listdir(folder) if not _is_own(name))
    if foreign:
        raise errors.InputError(
            f"{expected}, found other files in it ({escaping.list_names(foreign)}): "
            "give another --output"
        )


def _is_own(name: str) -> bool:
    # That of `check_can_create`, if its process was killed.
    probe = publication.staging_prefix(REPORT)
    return (
        atomic_files.complete_name(name) in (REPORT, CONFUSION_MATRIX)
        or partial_results.is_own_file(name)
        or temporary_folders.is_name(name, probe)
    )


@contextlib.contextmanager
def hold(folder: str | None) -> Iterator[None]:
    """Creates and locks the folder of an evaluation, see `held_folders.hold`.

    Args:
      folder: the folder, or None for nothing.

    Raises:
      errors.InputError: if another process evaluates in it.
    """
    if folder is None:
        yield
        return
    refusal = (
        f"'{folder}' must be of one evaluation at a time, found that another process "
        "uses it: wait for it, or give another --output"
    )
    with held_folders.hold(folder, refusal):
        yield


def write(folder: str, report: report_lib.EvaluationReport) -> None:
    """Writes the report and its confusion matrix, each atomically."""
    matrix = os.path.join(folder, CONFUSION_MATRIX)
    with atomic_files.replace(matrix) as part:
        matrix_plot.draw(report, part)
    with atomic_files.replace(os.path.join(folder, REPORT)) as part:
        json_files.write(part, report.to_json(), sort_keys=False)
