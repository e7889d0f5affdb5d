"""Draws a confusion matrix as an image."""

from __future__ import annotations

import warnings
from typing import Any, Sequence

import numpy as np

from .. import dependencies, errors, escaping
from . import report as report_lib

# More names are too small to read.
_MOST_NAMES = 40
# Cells of the image. With more classes, a cell has several.
_MOST_CELLS = 1000
_INCHES_PER_NAME = 0.3
_SMALLEST_INCHES = 4.0
_LONGEST_NAME = 24


def check_can_draw() -> None:
    """Checks that matplotlib is there.

    Raises:
      errors.DependencyError: if it is missing.
    """
    _import_figure()


def draw(report: report_lib.EvaluationReport, path: str) -> None:
    """Writes the confusion matrix of an evaluation as a PNG file.

    A row is the class of the images, a column the predicted class, and the brightness
    of a cell the fraction of the row. Only classes with images or predictions are
    shown, by their names if there are at most 40.

    Args:
      report: the result.
      path: the file.

    Raises:
      errors.DependencyError: if matplotlib is missing.
      OSError: if it cannot be written.
    """
    shown = [each.index for each in report.metrics.classes]
    cells = _make_cells(report.metrics.confusion_matrix, shown)
    inches = _SMALLEST_INCHES + _INCHES_PER_NAME * min(len(shown), _MOST_NAMES)
    figure = _import_figure().Figure(figsize=(inches, inches))
    axes = figure.add_subplot()
    image = axes.imshow(cells, cmap="viridis", vmin=0, vmax=1, interpolation="nearest")
    figure.colorbar(image, label="fraction of the class's images", shrink=0.7)
    axes.set_xlabel("prediction")
    axes.set_ylabel("class")
    if len(shown) <= _MOST_NAMES:
        _name_cells(axes, [report.classes.name(index) for index in shown])
    else:
        axes.set_xticks([])
        axes.set_yticks([])
    with errors.naming(path), warnings.catch_warnings():
        # The font has no characters of Chinese, for example, and shows boxes.
        warnings.filterwarnings("ignore", "Glyph .* missing from font", UserWarning)
        # Without the version of matplotlib, the same matrix has the same bytes.
        figure.savefig(
            path, format="png", bbox_inches="tight", metadata={"Software": None}
        )


def _import_figure() -> Any:
    return dependencies.optional(
        "matplotlib.figure", "evaluate", "drawing the confusion matrix"
    )


def _make_cells(
    matrix: Sequence[tuple[int, int, int]], shown: Sequence[int]
) -> np.ndarray:
    size = min(len(shown), _MOST_CELLS)
    cells = {
        index: position * size // len(shown) for position, index in enumerate(shown)
    }
    counts = np.zeros([size, size])
    for row, column, count in matrix:
        counts[cells[row], cells[column]] += count
    return counts / np.maximum(counts.sum(1, keepdims=True), 1)


def _name_cells(axes: Any, names: Sequence[str]) -> None:
    # matplotlib takes text between dollars for formulas.
    texts = [
        escaping.cut(escaping.escape_terminal(name), _LONGEST_NAME).replace("$", r"\$")
        for name in names
    ]
    axes.set_xticks(range(len(texts)))
    axes.set_xticklabels(texts, rotation=90)
    axes.set_yticks(range(len(texts)))
    axes.set_yticklabels(texts)
