"""Evaluates a module of a list, for its pages and its manifest."""

from __future__ import annotations

import dataclasses
import os

from ... import errors, escaping
from ...evaluation import confusions, intervals, report
from ..evaluation import module_evaluation
from ..model_card import card as card_lib
from . import entries, evaluation_summary

TITLE = "Measured accuracy"
_BEFORE = "Weights"  # The section that the one with the accuracy follows.
_MOST_CONFUSIONS = 10
_DIGITS = 6  # Of a fraction. Intervals are much wider.


def evaluate(entry: entries.Entry, archive: str) -> report.EvaluationReport | None:
    """Evaluates a module as its entry of the list says.

    Args:
      entry: the entry.
      archive: the module.

    Returns:
      The result, or None if there are no images to evaluate with.

    Raises:
      errors.InputError: if an image cannot be read, a folder belongs to no class, or
        the accuracy is below the minimum.
    """
    images = entry.images_to_evaluate
    if images is None:
        return None
    found = module_evaluation.evaluate_module(
        archive, images, labels=entry.labels_of_images, resize=entry.resize
    )
    accuracy, minimum = found.metrics.top_1.value, entry.minimum_top_1
    if minimum is not None and accuracy < minimum:
        raise errors.InputError(
            f"the top-1 accuracy on '{images}' must be at least {minimum} to be "
            f"published, found {accuracy:.4f}"
        )
    return found


def summarize(found: report.EvaluationReport) -> evaluation_summary.Evaluation:
    """Returns what the manifest says of an evaluation."""
    metrics = found.metrics
    return evaluation_summary.Evaluation(
        folder=_name(found),
        digest=found.images.digest,
        images=metrics.images,
        classes=_count_classes(found),
        preprocessing=found.preprocessing,
        cross_entropy=round(metrics.cross_entropy, _DIGITS),
        top_1=_round(metrics.top_1),
        top_5=None if metrics.top_5 is None else _round(metrics.top_5),
    )


def add_to_card(card: card_lib.Card, found: report.EvaluationReport) -> card_lib.Card:
    """Returns a documentation page with the accuracy below what it says of weights."""
    sections = list(card.sections)
    place = [section.title for section in sections].index(_BEFORE) + 1
    sections.insert(place, card_lib.Section(TITLE, _describe(found)))
    return dataclasses.replace(card, sections=sections)


def _describe(found: report.EvaluationReport) -> str:
    """Returns Markdown."""
    metrics = found.metrics
    folder = escaping.escape_markdown_code(_name(found))
    lines = [
        f"Measured on {metrics.images} images of {_count_classes(found)} classes, the "
        f"folder {folder}.",
        f"The SHA-256 of their contents and classes is `{found.images.digest}`.",
        f"Each image: {escaping.escape_markdown(found.preprocessing)}.",
        "",
        "| measure | value | interval of 95 % (Wilson) |",
        "| --- | --- | --- |",
        _format_row("top-1 accuracy", metrics.top_1),
    ]
    if metrics.top_5 is not None:
        lines.append(_format_row("top-5 accuracy", metrics.top_5))
    lines.append(f"| cross entropy | {metrics.cross_entropy:.4f} | |")
    confused = found.list_confusions(_MOST_CONFUSIONS)
    return "\n".join([*lines, "", confusions.format_list(confused, "these images")])


def _format_row(name: str, found: intervals.Estimate) -> str:
    low, value, high = (100 * each for each in (found.low, found.value, found.high))
    return f"| {name} | {value:.2f} % | {low:.2f} % to {high:.2f} % |"


def _name(found: report.EvaluationReport) -> str:
    return os.path.basename(os.path.normpath(found.images.folder))


def _count_classes(found: report.EvaluationReport) -> int:
    return sum(each.images > 0 for each in found.metrics.classes)


def _round(found: intervals.Estimate) -> evaluation_summary.Fraction:
    return evaluation_summary.Fraction(*(round(each, _DIGITS) for each in found))
