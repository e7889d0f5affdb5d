"""Computes accuracy, precision and recall from the results of images."""

from __future__ import annotations

import dataclasses
from typing import Sequence

import numpy as np

from . import intervals
from .outcomes import SHIFTS, Outcomes

# The usual second number of ImageNet.
TOP = 5
# With two classes, wrong predictions are right ones of the next class.
_FEWEST_CLASSES_TO_SHIFT = 3


@dataclasses.dataclass(frozen=True)
class ClassMetrics:
    """How well a class is recognized.

    Attributes:
      index: the class.
      images: number of its images.
      predicted: number of images of which it is the prediction.
      recall: the fraction of its images that are recognized. None without images.
      precision: the fraction of its predictions that are right. None without any.
    """

    index: int
    images: int
    predicted: int
    recall: intervals.Estimate | None
    precision: intervals.Estimate | None


@dataclasses.dataclass(frozen=True)
class Metrics:
    """How well images are classified.

    Attributes:
      images: number of images, at least one.
      top_1: the fraction of images whose class has the largest logit.
      top_5: the fraction of images whose class is among the five largest logits. None
        if there are at most five classes, of which that is always true.
      cross_entropy: the mean over all images, in nats.
      classes: those that have images or are predicted, in their order.
      confusion_matrix: the class, the prediction and the number of images for each
        pair that occurs, sorted.
      shifted: the fraction of right predictions if each label is moved by the key, for
        those keys where that fits clearly better.
    """

    images: int
    top_1: intervals.Estimate
    top_5: intervals.Estimate | None
    cross_entropy: float
    classes: Sequence[ClassMetrics]
    confusion_matrix: Sequence[tuple[int, int, int]]
    shifted: dict[int, intervals.Estimate]


def compute(outcomes: Outcomes, num_classes: int) -> Metrics:
    """Returns the metrics of images.

    Args:
      outcomes: the results of at least one image.
      num_classes: number of the network's classes.
    """
    images = len(outcomes)
    matrix = _count_pairs(outcomes)
    top_1 = _estimate(int(np.sum(outcomes.ranks == 0)), images)
    top_5 = None
    if num_classes > TOP:
        top_5 = _estimate(int(np.sum(outcomes.ranks < TOP)), images)
    return Metrics(
        images=images,
        top_1=top_1,
        top_5=top_5,
        cross_entropy=float(outcomes.losses.mean()),
        classes=_measure_classes(matrix),
        confusion_matrix=matrix,
        shifted=_find_shifts(outcomes, top_1),
    )


def _estimate(count: int, total: int) -> intervals.Estimate:
    found = intervals.estimate(count, total)
    if found is None:
        raise ValueError("there must be at least one image")
    return found


def _count_pairs(outcomes: Outcomes) -> list[tuple[int, int, int]]:
    """Returns a confusion matrix without its zeros: modules have 400,000 classes."""
    pairs = np.stack([outcomes.labels, outcomes.predictions], 1)
    found, counts = np.unique(pairs, axis=0, return_counts=True)
    return [
        (int(row), int(column), int(count))
        for (row, column), count in zip(found, counts)
    ]


def _measure_classes(matrix: Sequence[tuple[int, int, int]]) -> list[ClassMetrics]:
    images: dict[int, int] = {}
    predicted: dict[int, int] = {}
    right: dict[int, int] = {}
    for row, column, count in matrix:
        images[row] = images.get(row, 0) + count
        predicted[column] = predicted.get(column, 0) + count
        if row == column:
            right[row] = count
    return [
        ClassMetrics(
            index=index,
            images=images.get(index, 0),
            predicted=predicted.get(index, 0),
            recall=intervals.estimate(right.get(index, 0), images.get(index, 0)),
            precision=intervals.estimate(right.get(index, 0), predicted.get(index, 0)),
        )
        for index in sorted({*images, *predicted})
    ]


def _find_shifts(
    outcomes: Outcomes, top_1: intervals.Estimate
) -> dict[int, intervals.Estimate]:
    """Returns the shifts of the labels with which the predictions agree better."""
    if len(np.unique(outcomes.labels)) < _FEWEST_CLASSES_TO_SHIFT:
        return {}
    found = {
        shift: _estimate(outcomes.count_shifted(shift), len(outcomes))
        for shift in SHIFTS
    }
    return {shift: each for shift, each in found.items() if each.low > top_1.high}
