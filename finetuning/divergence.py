"""Describes a training that diverges."""

from __future__ import annotations

import contextlib
from typing import Iterator

import tensorflow.compat.v1 as tf

from .. import errors
from . import plan as plan_lib


def describe(plan: plan_lib.Plan) -> errors.InputError:
    """Returns the error of a training whose loss or weights are not finite."""
    options = plan.options
    cure = f"lower --learning_rate, which is {options.peak_learning_rate:g}"
    if not options.freeze:
        cure += (
            f", or raise --warm_up_epochs, which is {options.warm_up_epochs:g}, and "
            f"delete '{plan.training_dir}' or name another --training_dir"
        )
    return errors.InputError(
        f"the training must have a finite loss, found that it diverges: {cure}"
    )


@contextlib.contextmanager
def describing(plan: plan_lib.Plan) -> Iterator[None]:
    """Turns TensorFlow's error of a training that diverges into that of `describe`."""
    try:
        yield
    except tf.train.NanLossDuringTrainingError as error:
        raise describe(plan) from error
