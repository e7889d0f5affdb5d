"""Shows progress: a bar on a terminal, a line a minute elsewhere."""

from __future__ import annotations

import sys
import time
from typing import Any

import tensorflow.compat.v1 as tf

from .. import dependencies

_SECONDS_BETWEEN_LINES = 60.0


def start_bar(total: int, unit: str, initial: int = 0) -> Any:
    """Returns a progress bar, or an object that prints lines if there is no terminal.

    Args:
      total: the count at the end.
      unit: what is counted, in singular.
      initial: the count at the start.

    Returns:
      A context manager with `n`, the current count; `total`; `update(count)`, which
      adds to `n`; and `close()`. It is a `tqdm.tqdm` on a terminal.

    Raises:
      errors.DependencyError: if there is a terminal, but tqdm is not installed.
    """
    if not sys.stderr.isatty():
        return _Lines(total, unit, initial)
    tqdm = dependencies.optional("tqdm", "finetune", "fine-tuning")
    return tqdm.tqdm(total=total, initial=initial, unit=unit)


def print_line(text: str) -> None:
    """Prints a line, above the bar if a terminal shows one."""
    if sys.stderr.isatty() and "tqdm" in sys.modules:
        # It removes the bar, prints the line, and shows the bar again.
        sys.modules["tqdm"].tqdm.write(text)
        sys.stdout.flush()
    else:
        print(text, flush=True)


class _Lines:
    """Prints a line a minute, because a bar fills a log with control characters."""

    def __init__(self, total: int, unit: str, initial: int) -> None:
        self.n = initial
        self.total = total
        self._unit = unit
        self._printed = time.monotonic()

    def update(self, count: int) -> None:
        self.n += count
        now = time.monotonic()
        if now - self._printed >= _SECONDS_BETWEEN_LINES:
            print(f"{self._unit} {self.n} of {self.total}", flush=True)
            self._printed = now

    def close(self) -> None:
        pass

    def __enter__(self) -> _Lines:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


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
            self._bar = start_bar(self._steps, "step", initial=step)
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
        print(f"{self._task} took {self._taken} steps", flush=True)
