"""The result of an evaluation, for people."""

from __future__ import annotations

from typing import Iterator

from ..photographs import reports
from . import intervals
from . import metrics as metrics_lib
from . import report as report_lib

_MOST_CLASSES = 20
_WORST_CLASSES = 10  # Shown if there are more than _MOST_CLASSES.
_MOST_CONFUSIONS = 10
_LONGEST_NAME = 30


def format_lines(report: report_lib.EvaluationReport) -> Iterator[str]:
    """Yields the lines of a report. Their texts are not escaped."""
    found = report.metrics
    yield (
        f"images         {found.images} images of {_count_classes(found)} classes, "
        f"in '{report.images.folder}'"
    )
    yield f"classes        {report.assignment.rule}"
    yield f"read as        {report.preprocessing}"
    yield f"top-1          {_show(found.top_1)}"
    if found.top_5 is not None:
        yield f"top-5          {_show(found.top_5)}"
    yield f"cross entropy  {found.cross_entropy:.4f}"
    yield "the intervals in brackets are those of Wilson, of 95 % confidence"
    yield from _format_classes(report)
    yield from _format_confusions(report)
    yield from reports.describe_skipped([each for _, each in report.images.skipped])
    for note in report.list_notes():
        yield f"note: {note}"


def _count_classes(found: metrics_lib.Metrics) -> int:
    return sum(each.images > 0 for each in found.classes)


def _show(found: intervals.Estimate | None) -> str:
    if found is None:
        return "-"
    return f"{found.value:.4f} [{found.low:.4f}, {found.high:.4f}]"


def _format_classes(report: report_lib.EvaluationReport) -> Iterator[str]:
    classes = [each for each in report.metrics.classes if each.images]
    title = "class"
    if len(classes) > _MOST_CLASSES:
        classes.sort(key=lambda each: each.recall or (0.0,))
        classes = classes[:_WORST_CLASSES]
        title = f"the {_WORST_CLASSES} classes with the lowest recall"
    rows = [(title, "images", "recall", "precision")] + [
        (
            _shorten(report.classes.name(each.index)),
            str(each.images),
            _show(each.recall),
            _show(each.precision),
        )
        for each in classes
    ]
    widths = [max(map(len, column)) for column in zip(*rows)]
    for name, images, recall, precision in rows:
        yield (
            f"{name:{widths[0]}}  {images:>{widths[1]}}  {recall:{widths[2]}}  "
            f"{precision}"
        )


def _shorten(name: str) -> str:
    return name if len(name) <= _LONGEST_NAME else name[: _LONGEST_NAME - 3] + "..."


def _format_confusions(report: report_lib.EvaluationReport) -> Iterator[str]:
    found = report.list_confusions(_MOST_CONFUSIONS)
    if found:
        yield "most frequent confusions:"
    for confusion in found:
        yield f"  {confusion}"
