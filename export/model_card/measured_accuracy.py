"""Describes what was measured with a module's weights, in Markdown."""

from __future__ import annotations

import textwrap
from typing import Sequence

import numpy as np

from ... import escaping
from ...evaluation import confusions
from ...signatures import measurements

_PAGE_WIDTH = 88


def describe(
    measurement: measurements.Measurement, class_names: Sequence[str] | None
) -> str:
    """Returns Markdown about a training and the accuracy of its result.

    Args:
      measurement: what the module records.
      class_names: the name of each class, None if the module has no names.
    """
    text = (
        f"Fine-tuned on {measurement.training_photographs} photographs in "
        f"{measurement.steps} steps of {measurement.batch} images "
        f"({escaping.escape_markdown(measurement.trained)}). Accuracy on the "
        f"{measurement.evaluation_photographs} photographs that were held out, each "
        f"resized as a whole to {measurement.image_size} x {measurement.image_size} "
        f"pixels: {100 * measurement.accuracy:.2f} %."
    )
    table = _describe_confusions(measurement, class_names)
    return f"{textwrap.fill(text, width=_PAGE_WIDTH)}\n\n{table}"


def _describe_confusions(
    measurement: measurements.Measurement, class_names: Sequence[str] | None
) -> str:
    def name(index: int) -> str:
        return str(index) if class_names is None else class_names[index]

    matrix = measurement.confusion_matrix
    if matrix is not None:
        names = list(map(name, range(len(matrix))))
        return confusions.format_markdown(np.array(matrix), names)
    return confusions.format_list(
        [
            confusions.Confusion(name(row), name(column), count, of)
            for row, column, count, of in measurement.confusions
        ]
    )
