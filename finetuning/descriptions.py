"""Describes a training, before it starts and for the page of the new module."""

from __future__ import annotations

import textwrap

from ..evaluation import confusions
from . import plan as plan_lib
from . import trained as trained_lib

_PAGE_WIDTH = 88


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
        f"{len(plan.class_names)} classes, and holds out "
        f"{len(plan.evaluation_photographs.paths)}{start}: {plan.steps} steps of "
        f"{plan.options.batch} images, {plan.steps_per_epoch} an epoch"
    )


def describe_result(plan: plan_lib.Plan, trained: trained_lib.Trained) -> str:
    """Returns Markdown about a training and the accuracy of its result."""
    what = "the classifier alone"
    if not plan.options.freeze:
        what = f"all of the network, augmentation {plan.options.chosen_augmentation}"
    text = (
        f"Fine-tuned on {len(plan.training_photographs.paths)} photographs in "
        f"{trained.steps} steps of {plan.options.batch} images ({what}). Accuracy on "
        f"the {len(plan.evaluation_photographs.paths)} photographs that were held out, "
        f"each resized as a whole to {plan.image_size} x {plan.image_size} pixels: "
        f"{100 * trained.accuracy:.2f} %."
    )
    table = confusions.format_markdown(trained.confusion_matrix, trained.class_names)
    return f"{textwrap.fill(text, width=_PAGE_WIDTH)}\n\n{table}"
