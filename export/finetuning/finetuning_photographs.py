"""Reads the photographs of a fine-tuning, and says what was found."""

from __future__ import annotations

import os
from typing import NamedTuple, Sequence

from ... import errors, progress_bars
from ...finetuning import cluster, recorded_photographs, trained
from ...finetuning import options as options_lib
from ...photographs import checking, folders, labeled, reports, sides, splitting


class Photographs(NamedTuple):
    """The photographs of a training.

    Attributes:
      training: those to train with.
      evaluation: those to evaluate with, of the same classes.
      record: what to record of them, when the training begins.
      digest: a hash of what a training with the same photographs has recorded.
      first_count: number of those to train with, when the training began.
      used: what a reader may want to know of them.
    """

    training: labeled.Photographs
    evaluation: labeled.Photographs
    record: recorded_photographs.Record
    digest: str
    first_count: int
    used: trained.UsedPhotographs


def check(options: options_lib.Options, start_bar: checking.StartBar) -> list[str]:
    """Checks which files there are, and reads them only if there are too few.

    Args:
      options: where they are.
      start_bar: starts a progress bar.

    Returns:
      The names of the classes, sorted.

    Raises:
      errors.InputError: if a folder is missing; or has too few photographs of a class,
        with a sentence also for each damaged file, unless those are skipped.
    """
    where = _find_sides(options)
    found = folders.find(where.training)
    if where.evaluation is not None:
        folders.find(where.evaluation)
    try:
        _check_sizes(where, found.class_names, found.labels)
    except errors.InputError:
        # With one class, it is probably the wrong folder, whatever else is in it.
        if options.skip_damaged or len(found.class_names) < 2:
            raise
        _check_all(where, _look_at_all(where, start_bar))
    return found.class_names


def read(
    options: options_lib.Options,
    record_path: str | None,
    task: cluster.Task,
    start_bar: checking.StartBar,
) -> Photographs:
    """Reads all photographs once, and prints what is found.

    Args:
      options: where they are, and how to split them.
      record_path: the record of a training that continues, or None.
      task: the part of this process. The chief changes the record.
      start_bar: starts a progress bar.

    Raises:
      errors.InputError: if files cannot be read, unless damaged files are skipped; or
        there are too few photographs of a class. It has a sentence for each.
      errors.DependencyError: if Pillow is missing.
    """
    where = _find_sides(options)
    notes = [] if where.note is None else [where.note]
    _print_notes(notes)
    results = _look_at_all(where, start_bar)
    damaged = _name_all(where, [result.damaged for result in results])
    if record_path is not None and damaged and task.is_chief:
        recorded_photographs.add_damaged(record_path, damaged)
    if not options.skip_damaged:
        _check_all(where, results)
    for folder, result in zip(where[:2], results):
        notes += _report(result, str(folder))
    found = results[0].photographs
    _check_sizes(where, found.class_names, found.labels)
    recorded = None
    if record_path is not None:
        recorded = recorded_photographs.read(record_path)
    training, evaluation, goes_on = _take_sides(where, results, options, recorded)
    notes += _report_sides(training, evaluation)
    entries = _make_entries(where, training, evaluation)
    first = recorded.entries if recorded and goes_on else entries
    return Photographs(
        training,
        evaluation,
        record=recorded_photographs.Record(entries, damaged),
        digest=recorded_photographs.compute_digest(first),
        first_count=sum(e.side == recorded_photographs.TRAINING for e in first),
        used=trained.UsedPhotographs(
            reports.count_classes(training), reports.count_classes(evaluation), notes
        ),
    )


def _look_at_all(
    where: sides.Sides, start_bar: checking.StartBar
) -> list[checking.Checked]:
    """Decodes the photographs of each side."""
    return [
        checking.read_folder(folder, start_bar)
        for folder in (where.training, where.evaluation)
        if folder is not None
    ]


def _name_all(where: sides.Sides, paths: Sequence[Sequence[str]]) -> list[str]:
    """Returns the names of the files of both folders in the record."""
    prefixes = ("", "") if where.evaluation is None else ("train:", "val:")
    return [
        prefix + os.path.relpath(path, str(folder))
        for prefix, folder, of_folder in zip(prefixes, where[:2], paths)
        for path in of_folder
    ]


def _make_entries(
    where: sides.Sides, training: labeled.Photographs, evaluation: labeled.Photographs
) -> list[recorded_photographs.Entry]:
    if where.evaluation is None:
        both = training.join(evaluation)
        names = _name_all(where, [both.paths])
    else:
        names = _name_all(where, [training.paths, evaluation.paths])
    contents = [*training.digests, *evaluation.digests]
    count = len(training.paths)
    return [
        recorded_photographs.Entry(name, digest, int(position >= count))
        for position, (name, digest) in enumerate(zip(names, contents))
    ]


def _find_sides(options: options_lib.Options) -> sides.Sides:
    where = sides.find(options.images, options.validation_images)
    if where.evaluation is not None and options.held_out is not None:
        raise errors.InputError(
            "held_out must not be given with photographs to evaluate with, found "
            f"{options.held_out} and '{where.evaluation}': is the split your own?"
        )
    return where


def _check_all(where: sides.Sides, results: Sequence[checking.Checked]) -> None:
    """Raises all that is wrong: damaged files, and classes with too few files."""
    mistakes = errors.Mistakes()
    with mistakes.collect():
        checking.raise_any(results)
    found = results[0].found
    with mistakes.collect():
        _check_sizes(where, found.class_names, found.labels)
    mistakes.raise_any()


def _check_sizes(
    where: sides.Sides, class_names: Sequence[str], labels: Sequence[int]
) -> None:
    """Checks that each class of the training has the photographs that it needs."""
    least = 2 if where.evaluation is None else 1
    folders.check_sizes(where.training, class_names, labels, least)


def _take_sides(
    where: sides.Sides,
    results: Sequence[checking.Checked],
    options: options_lib.Options,
    recorded: recorded_photographs.Record | None,
) -> tuple[labeled.Photographs, labeled.Photographs, bool]:
    """Returns both sides, and whether they are those of the recorded training."""
    found = [result.photographs for result in results]
    chosen = _choose_recorded(where, results, recorded)
    if where.evaluation is not None:
        evaluation = sides.match(found[1], found[0], where.evaluation)
        if not evaluation.paths:
            raise errors.InputError(
                f"'{where.evaluation}' must have photographs to evaluate with, found "
                "none: do the files have another extension?"
            )
        return found[0], evaluation, chosen is not None
    if chosen is None:
        fraction, seed = options.held_out_fraction, options.seed
        return (*splitting.split(found[0], fraction, seed), False)
    training, evaluation = (
        found[0].select([i for i, each in enumerate(chosen) if each == side])
        for side in (recorded_photographs.TRAINING, recorded_photographs.EVALUATION)
    )
    return training, evaluation, True


def _choose_recorded(
    where: sides.Sides,
    results: Sequence[checking.Checked],
    recorded: recorded_photographs.Record | None,
) -> list[int] | None:
    """Returns the side of each photograph, or None if no training continues."""
    if recorded is None:
        return None
    names = _name_all(where, [result.photographs.paths for result in results])
    contents = [d for result in results for d in result.photographs.digests]
    damaged = _name_all(where, [result.damaged for result in results])
    chosen = recorded_photographs.choose_sides(
        recorded, dict(zip(names, contents)), damaged
    )
    return None if chosen is None else [chosen[name] for name in names]


def _report(result: checking.Checked, folder: str) -> list[str]:
    """Prints what was found in a folder, and returns what is unusual."""
    left_out = reports.describe_left_out(result.found.left_out)
    unusual = [] if left_out is None else [left_out]
    unusual += reports.describe_skipped(result.sentences)
    for line in (*unusual, *reports.describe_classes(result.photographs, folder)):
        progress_bars.print_line(line)
    notes = list(reports.list_notes(result.photographs))
    _print_notes(notes)
    return unusual + notes


def _report_sides(
    training: labeled.Photographs, evaluation: labeled.Photographs
) -> list[str]:
    """Prints what is unusual about the two sides, and returns it."""
    found = (
        reports.describe_missing(evaluation),
        reports.describe_overlap(training, evaluation),
    )
    notes = [note for note in found if note is not None]
    _print_notes(notes)
    return notes


def _print_notes(notes: Sequence[str]) -> None:
    for note in notes:
        progress_bars.print_line(f"note: {note}")
