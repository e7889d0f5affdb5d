"""Stops a training whose accuracy no longer increases."""

from __future__ import annotations

import time
from typing import Callable

import tensorflow.compat.v1 as tf

# What returns why a training stops, or None if it continues.
ExplainStop = Callable[[], "str | None"]

# The evaluations of another process are in a file, maybe on another machine.
_SECONDS_BETWEEN_LOOKS = 1.0


class StoppedEarlyError(Exception):
    """Ends a process that evaluates, because no other checkpoint will come."""


class StoppingHook(tf.train.SessionRunHook):
    """Stops the training in this process.

    In a cluster, each process that trains looks itself whether to stop. TensorFlow's
    own hook keeps that in a variable of the checkpoints, so that a training that
    stopped early could not continue for more epochs.
    """

    def __init__(self, explain_stop: ExplainStop, trains_alone: bool) -> None:
        """Stores what to ask.

        Args:
          explain_stop: returns why the training stops. It is called after each step,
            in a cluster at most once a second.
          trains_alone: whether there is no cluster.
        """
        self._explain_stop = explain_stop
        self._seconds = 0.0 if trains_alone else _SECONDS_BETWEEN_LOOKS
        self._looked = time.monotonic()

    def after_run(
        self,
        run_context: tf.train.SessionRunContext,
        run_values: tf.train.SessionRunValues,
    ) -> None:
        """Ends the training if there is a reason."""
        del run_values
        now = time.monotonic()
        if now - self._looked < self._seconds:
            return
        self._looked = now
        if self._explain_stop() is not None:
            run_context.request_stop()
