"""Compares two modules: whether B may replace A."""

from __future__ import annotations

import contextlib
from typing import Any, Iterator

from ... import escaping
from ...photographs import decoding
from . import (
    descriptions,
    inference,
    interfaces,
    opened_module,
    other_graphs,
    photograph_files,
    stored_variables,
    training,
    variables,
)
from . import options as options_lib
from .findings import Finding, Outcome, Report

_MOST_DAMAGED = 3


def compare_modules(a: str, b: str, **options: Any) -> Report:
    """Compares two modules: whether B may replace A.

    This executes the ops of both modules: a module is a program.

    Args:
      a: directory or .tar.gz of a module for images in the TF1 Hub format, of any
        publisher, or of a SavedModel that this package wrote.
      b: another such module.
      **options: the fields of `options.Options`.

    Returns:
      What was found.

    Raises:
      errors.InputError: if an option is wrong, there is no such module, it is damaged,
        or no image can be read.
      errors.DependencyError: if tensorflow_hub or Pillow is missing.
    """
    chosen = options_lib.Options(**options)
    decoding.check_dependencies()
    files = photograph_files.list_files(chosen.images)
    with contextlib.ExitStack() as stack:
        first = stack.enter_context(opened_module.open_module(a))
        other = stack.enter_context(opened_module.open_module(b))
        found = list(_compare_stored(first, other, chosen.tolerance))
        outputs = inference.Inference(first, other, chosen)
        found += outputs.run(files, training.BATCH)
        photographs, samples = outputs.photographs, outputs.samples
        found += _describe_damaged(outputs.damaged)
        del outputs  # Its networks take memory.
        found += other_graphs.compare(first, other, samples, chosen.tolerance)
        found += training.compare(first, other, samples, chosen.tolerance)
    return Report(a, b, chosen.tolerance, photographs, found)


def _compare_stored(
    a: opened_module.OpenedModule, b: opened_module.OpenedModule, tolerance: float
) -> Iterator[Finding]:
    """Compares what is in the files of the modules."""
    # Before anything is read in full, and before TensorFlow loads it.
    first, other = (stored_variables.open_variables(each) for each in (a, b))
    yield from descriptions.compare(a, b)
    if a.is_saved_model == b.is_saved_model:
        yield from interfaces.compare(a.meta_graphs, b.meta_graphs)
    else:
        detail = "the formats have other ones"
        yield Finding("signatures", Outcome.NOT_COMPARED, detail)
    yield from variables.compare(first, other, tolerance)


def _describe_damaged(damaged: list[str]) -> Iterator[Finding]:
    for sentence in damaged[:_MOST_DAMAGED]:
        yield Finding("photographs", Outcome.NOTE, escaping.cut(sentence, 300))
    if damaged[_MOST_DAMAGED:]:
        detail = f"{len(damaged) - _MOST_DAMAGED} more that cannot be read"
        yield Finding("photographs", Outcome.NOTE, detail)
