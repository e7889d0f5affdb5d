"""Reads the photographs of a fine-tuning, and says what was found."""

from __future__ import annotations

from typing import NamedTuple, Sequence

from .. import errors, escaping
from ..finetuning import options as options_lib
from ..photographs import checking, folders, labeled, reports, sides, splitting


class Photographs(NamedTuple):
    """The photographs of a training.

    Attributes:
      training: those to train with.
      evaluation: those to evaluate with, of the same classes.
    """

    training: labeled.Photographs
    evaluation: labeled.Photographs

    def compute_digest(self) -> str:
        """Returns a hash of all contents, class names and sides."""
        return labeled.compute_digest(self.training, self.evaluation)


def check(options: options_lib.Options) -> list[str]:
    """Checks which files there are, and reads none of them.

    Returns:
      The names of the classes, sorted.

    Raises:
      errors.InputError: if a folder is missing, or has too few photographs.
    """
    where = _find_sides(options)
    found = folders.find(where.training)
    folders.check_sizes(
        where.training, found.class_names, found.labels, _choose_least(where)
    )
    if where.evaluation is not None:
        folders.find(where.evaluation)
    return found.class_names


def read(options: options_lib.Options, start_bar: checking.StartBar) -> Photographs:
    """Reads all photographs once, and prints what is found.

    Args:
      options: where they are, and how to split them.
      start_bar: starts a progress bar.

    Raises:
      errors.InputError: if a file cannot be read, unless damaged files are skipped; or
        there are too few photographs of a class.
      errors.DependencyError: if Pillow is missing.
    """
    where = _find_sides(options)
    if where.note is not None:
        _print(f"note: {where.note}")
    results = [
        checking.read_folder(folder, start_bar)
        for folder in (where.training, where.evaluation)
        if folder is not None
    ]
    if not options.skip_damaged:
        checking.raise_any(results)
    for folder, result in zip(where[:2], results):
        _report(result, str(folder))
    training = results[0].photographs
    folders.check_sizes(
        where.training, training.class_names, training.labels, _choose_least(where)
    )
    photographs = _take_sides(where, results, options)
    _report_sides(photographs)
    return photographs


def _find_sides(options: options_lib.Options) -> sides.Sides:
    where = sides.find(options.images, options.validation_images)
    if where.evaluation is not None and options.held_out is not None:
        raise errors.InputError(
            "held_out must not be given with photographs to evaluate with, found "
            f"{options.held_out} and '{where.evaluation}': is the split your own?"
        )
    return where


def _choose_least(where: sides.Sides) -> int:
    """Returns the number of photographs that a class of the training needs."""
    return 2 if where.evaluation is None else 1


def _take_sides(
    where: sides.Sides,
    results: Sequence[checking.Checked],
    options: options_lib.Options,
) -> Photographs:
    training = results[0].photographs
    if where.evaluation is None:
        return Photographs(
            *splitting.split(training, options.held_out_fraction, options.seed)
        )
    evaluation = sides.match(results[1].photographs, training, where.evaluation)
    if not evaluation.paths:
        raise errors.InputError(
            f"'{where.evaluation}' must have photographs to evaluate with, found none: "
            "do the files have another ending?"
        )
    return Photographs(training, evaluation)


def _report(result: checking.Checked, folder: str) -> None:
    lines = [reports.describe_left_out(result.found.left_out)]
    lines += reports.describe_skipped(result.sentences)
    lines += reports.describe_classes(result.photographs, folder)
    lines += [f"note: {note}" for note in reports.list_notes(result.photographs)]
    for line in lines:
        if line is not None:
            _print(line)


def _report_sides(photographs: Photographs) -> None:
    training, evaluation = photographs
    for note in (
        reports.describe_missing(evaluation),
        reports.describe_overlap(training, evaluation),
    ):
        if note is not None:
            _print(f"note: {note}")


def _print(line: str) -> None:
    print(escaping.escape_terminal(line), flush=True)
