"""Records the mean loss of the steps up to each checkpoint.

The process that trains writes the record, and the one that evaluates reads it. In a
cluster these are two processes.
"""

from __future__ import annotations

import os
from typing import Any, Callable

import numpy as np
import tensorflow.compat.v1 as tf

from .. import atomic_files, json_files

# Name of the tensor of the loss.
LOSS = "training_loss"
_FILE = "training_losses.json"
_WHAT = "the record of the losses of a training"


class LossesHook(tf.train.SessionRunHook):
    """Collects the loss of each step, and checks that it is finite."""

    def __init__(self, describe_divergence: Callable[[], Exception]) -> None:
        """Starts without a loss.

        Args:
          describe_divergence: returns the error to raise for a loss that is not finite.
        """
        self._describe_divergence = describe_divergence
        self._sum, self._count = 0.0, 0

    def begin(self) -> None:
        """Finds the loss before the session exists."""
        self._loss = tf.get_default_graph().get_tensor_by_name(LOSS + ":0")

    def before_run(self, run_context: tf.train.SessionRunContext) -> Any:
        """Requests the value of the loss."""
        del run_context
        return tf.train.SessionRunArgs(self._loss)

    def after_run(
        self,
        run_context: tf.train.SessionRunContext,
        run_values: tf.train.SessionRunValues,
    ) -> None:
        """Adds the loss.

        Raises:
          Exception: the error of a training that diverges.
        """
        del run_context
        if not np.isfinite(run_values.results):
            raise self._describe_divergence()
        self._sum += float(run_values.results)
        self._count += 1

    def take_mean(self) -> float | None:
        """Returns the mean of the losses since the last call, None without a step."""
        mean = self._sum / self._count if self._count else None
        self._sum, self._count = 0.0, 0
        return mean


class LossesRecorder(tf.train.CheckpointSaverListener):
    """Records the mean loss before a checkpoint is written."""

    def __init__(self, training_dir: str, losses: LossesHook) -> None:
        """Starts a record.

        Args:
          training_dir: the folder of the training.
          losses: the losses. Its `after_run` must run before the checkpoint is written.
        """
        self._training_dir = training_dir
        self._losses = losses

    def before_save(self, session: tf.Session, global_step_value: int) -> None:
        """Records the mean loss up to a step."""
        del session
        mean = self._losses.take_mean()
        if mean is None:
            return
        found = _read_all(self._training_dir)
        found[str(int(global_step_value))] = mean
        path = os.path.join(self._training_dir, _FILE)
        with atomic_files.replace(path) as part:
            json_files.write(part, found)


def read(training_dir: str, step: int, previous: int) -> float | None:
    """Returns the mean loss of steps.

    Args:
      training_dir: the folder of the training.
      step: number of steps up to the last of them. In a cluster, a worker can take
        another step while the checkpoint is written.
      previous: number of steps before the first of them.

    Returns:
      The mean, or None if it is not recorded.

    Raises:
      errors.InputError: if the record is damaged.
    """
    found = _read_all(training_dir)
    steps = [int(each) for each in found if previous < int(each) <= step]
    return found[str(max(steps))] if steps else None


def _read_all(training_dir: str) -> dict[str, float]:
    path = os.path.join(training_dir, _FILE)
    if not os.path.lexists(path):
        return {}
    document = json_files.read(path, _WHAT)
    is_record = isinstance(document, dict) and all(
        name.isdecimal() and type(value) in (int, float)
        for name, value in document.items()
    )
    if not is_record:
        raise json_files.describe_damage(path, _WHAT, "no losses by step")
    return document
