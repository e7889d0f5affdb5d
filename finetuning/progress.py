"""Hooks that show the progress of a training."""

from __future__ import annotations

from typing import Any

import tensorflow.compat.v1 as tf

from .. import progress_bars


class StepsHook(tf.train.SessionRunHook):
    """Shows the number of completed steps, including those of an earlier run."""

    def __init__(self, steps: int) -> None:
        """Stores the number of all steps.

        Args:
          steps: number of all steps.
        """
        self._steps = steps
        self._bar: Any = None

    def begin(self) -> None:
        """Finds the global step before the session exists."""
        self._global_step = tf.train.get_global_step()

    def before_run(self, run_context: tf.train.SessionRunContext) -> Any:
        """Requests the value of the global step."""
        del run_context
        return tf.train.SessionRunArgs(self._global_step)

    def after_run(
        self,
        run_context: tf.train.SessionRunContext,
        run_values: tf.train.SessionRunValues,
    ) -> None:
        """Shows the global step."""
        del run_context
        # In a cluster, workers take more steps than are left.
        step = min(int(run_values.results), self._steps)
        if self._bar is None:
            self._bar = progress_bars.start_bar(self._steps, "step", initial=step)
        self._bar.update(step - self._bar.n)

    def end(self, session: tf.Session) -> None:
        """Shows the last step, and closes the bar."""
        if self._bar is None:
            return
        # The value that a step returns may be that before the step.
        step = int(session.run(self._global_step))
        if step < self._steps:  # The training stops early.
            self._bar.total = step
        self._bar.update(min(step, self._steps) - self._bar.n)
        self._bar.close()


class OwnStepsHook(tf.train.SessionRunHook):
    """Prints at the end how many of a cluster's steps this process took."""

    def __init__(self, task: str) -> None:
        """Starts the count at 0.

        Args:
          task: name of this process in the printed line.
        """
        self._task = task
        self._taken = 0

    def after_run(
        self,
        run_context: tf.train.SessionRunContext,
        run_values: tf.train.SessionRunValues,
    ) -> None:
        """Counts a step."""
        del run_context, run_values
        self._taken += 1

    def end(self, session: tf.Session) -> None:
        """Prints the count."""
        del session
        progress_bars.print_line(f"{self._task} took {self._taken} steps")
