"""How far something is: a bar on a terminal, now and then a line elsewhere."""

from __future__ import annotations

import sys
import time

import tensorflow.compat.v1 as tf

from .. import dependencies

_SECONDS_BETWEEN_LINES = 60.0


def bar(total: int, unit: str, initial: int = 0):
    """Returns a progress bar, or where there is no terminal what prints lines.

    Args:
      total: where it ends.
      unit: of what, in singular.
      initial: where it begins.

    Returns:
      An object with `n`, how far it is, `update(count)`, which adds to it, and
      `close()`; a context manager.

    Raises:
      errors.DependencyError: if there is a terminal, and no tqdm.
    """
    if not sys.stderr.isatty():
        return _Lines(total, unit, initial)
    tqdm = dependencies.optional("tqdm", "finetune", "fine-tuning")
    return tqdm.tqdm(total=total, initial=initial, unit=unit)


class _Lines:
    """Prints a line a minute, for what is read later: a log has no use for a bar."""

    def __init__(self, total: int, unit: str, initial: int):
        self.n = initial
        self._total = total
        self._unit = unit
        self._printed = time.monotonic()

    def update(self, count: int) -> None:
        self.n += count
        now = time.monotonic()
        if now - self._printed >= _SECONDS_BETWEEN_LINES:
            print("%s %d of %d" % (self._unit, self.n, self._total), flush=True)
            self._printed = now

    def close(self) -> None:
        pass

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


class StepsHook(tf.train.SessionRunHook):
    """Tells how many steps were taken, those of an earlier run included."""

    def __init__(self, steps: int):
        """Prepares to tell.

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
        """Tells it."""
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
