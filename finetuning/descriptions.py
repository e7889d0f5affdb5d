"""Describes a training, before it starts and for the page of the new module."""

from __future__ import annotations

import numpy as np

from .. import escaping
from ..evaluation import confusions
from ..signatures import measurements
from . import plan as plan_lib
from . import trained as trained_lib


def describe_plan(plan: plan_lib.Plan, keeps_classifier: bool) -> str:
    """Returns a line about a training that starts.

    Args:
      plan: the training.
      keeps_classifier: whether it starts from the module's classifier, because the
        classes are the same.
    """
    what = "the classifier alone" if plan.options.freeze else "all of the network"
    start = ", keeps its classifier of the same classes" if keeps_classifier else ""
    return (
        f"trains {what} on {len(plan.training_photographs.paths)} photographs of "
        f"{len(plan.class_names)} classes, and evaluates with "
        f"{len(plan.evaluation_photographs.paths)}{start}: {plan.steps} steps of "
        f"{plan.options.batch} images, {plan.steps_per_epoch} an epoch"
    )


def describe_guessing(trained: trained_lib.Trained) -> str | None:
    """Returns a line if always answering the largest class is as good, or None."""
    counts = trained.confusion_matrix.sum(axis=1)
    largest, total = int(counts.argmax()), int(counts.sum())
    if trained.confusion_matrix.trace() > counts[largest]:
        return None
    name = escaping.cut(trained.class_names[largest])
    return (
        f"the module is no better than always answering '{name}', which is right for "
        f"{counts[largest]} of {total} photographs: train for more epochs, or with "
        "another learning rate"
    )


def measure(
    plan: plan_lib.Plan, trained: trained_lib.Trained
) -> measurements.Measurement:
    """Returns what the new module records about a training and its result."""
    what = "the classifier alone"
    if not plan.options.freeze:
        what = f"all of the network, augmentation {plan.options.chosen_augmentation}"
    matrix = trained.confusion_matrix
    is_table = confusions.is_table(len(matrix))
    return measurements.Measurement(
        training_photographs=len(plan.training_photographs.paths),
        evaluation_photographs=len(plan.evaluation_photographs.paths),
        steps=trained.steps,
        batch=plan.options.batch,
        trained=what,
        image_size=plan.image_size,
        accuracy=trained.accuracy,
        confusion_matrix=matrix.tolist() if is_table else None,
        confusions=[] if is_table else _list_confusions(matrix),
    )


def _list_confusions(matrix: np.ndarray) -> list[list[int]]:
    found = confusions.find_most_frequent(
        matrix, list(map(str, range(len(matrix)))), confusions.LONGEST_LIST
    )
    return [[int(c.name), int(c.taken_for), c.count, c.of] for c in found]
