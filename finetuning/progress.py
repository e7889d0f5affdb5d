"""How far something is, as a bar on a terminal."""

from __future__ import annotations

import sys

import tensorflow.compat.v1 as tf

from efficientnet_hub import dependencies


def bar(total: int, unit: str, initial: int = 0):
    """Returns a progress bar, which is drawn on a terminal only.

    Args:
      total: where it ends.
      unit: of what, in singular.
      initial: where it begins.
    """
    tqdm = dependencies.optional("tqdm", "finetune", "fine-tuning")
    return tqdm.tqdm(
        total=total, initial=initial, unit=unit, disable=not sys.stderr.isatty()
    )


class StepsHook(tf.train.SessionRunHook):
    """Draws how many steps were taken, those of an earlier run included."""

    def __init__(self, steps: int):
        """Prepares the bar.

        Args:
          steps: number of all steps.
        """
        self._steps = steps
        self._bar = None

    def begin(self):
        """Finds the step, as TensorFlow asks a hook to."""
        self._global_step = tf.train.get_global_step()

    def before_run(self, run_context):
        """Asks for the step."""
        del run_context
        return tf.train.SessionRunArgs(self._global_step)

    def after_run(self, run_context, run_values):
        """Draws it."""
        del run_context
        step = int(run_values.results)
        if self._bar is None:
            self._bar = bar(self._steps, "step", initial=step)
        self._bar.update(step - self._bar.n)

    def end(self, session):
        """Ends the bar."""
        del session
        if self._bar is not None:
            self._bar.close()


class OwnStepsHook(tf.train.SessionRunHook):
    """Says in the end how many steps this process took, among those of a cluster."""

    def __init__(self, task: str):
        """Starts at none.

        Args:
          task: what to call this process.
        """
        self._task = task
        self._taken = 0

    def after_run(self, run_context, run_values):
        """Counts, as TensorFlow asks a hook to."""
        del run_context, run_values
        self._taken += 1

    def end(self, session):
        """Says it."""
        del session
        print("%s took %d steps" % (self._task, self._taken), flush=True)
