"""Stops a training whose accuracy no longer increases."""

from __future__ import annotations

from typing import Callable

import tensorflow.compat.v1 as tf

from .. import dependencies
from . import cluster
from . import plan as plan_lib

# What returns why a training stops, or None if it goes on.
ExplainStop = Callable[[], "str | None"]


class StoppedEarlyError(Exception):
    """Ends a process that evaluates, because no other checkpoint will come."""


def make_hook(
    estimator: tf.estimator.Estimator,
    plan: plan_lib.Plan,
    task: cluster.Task,
    explain_stop: ExplainStop,
) -> tf.train.SessionRunHook:
    """Returns a hook that stops the training.

    Args:
      estimator: trains.
      plan: the training.
      task: the part of this process.
      explain_stop: is called after steps.
    """
    if task.trains_alone:
        return _StoppingHook(explain_stop)
    # The chief tells the workers, by a variable on a parameter server.
    return dependencies.estimator().experimental.make_early_stopping_hook(
        estimator,
        lambda: explain_stop() is not None,
        run_every_secs=None,
        run_every_steps=plan.steps_per_epoch,
    )


class _StoppingHook(tf.train.SessionRunHook):
    """Stops a training in one process."""

    def __init__(self, explain_stop: ExplainStop) -> None:
        self._explain_stop = explain_stop

    def after_run(
        self,
        run_context: tf.train.SessionRunContext,
        run_values: tf.train.SessionRunValues,
    ) -> None:
        del run_values
        if self._explain_stop() is not None:
            run_context.request_stop()
