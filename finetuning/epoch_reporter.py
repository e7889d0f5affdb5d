"""Records and prints each evaluation, and keeps the best checkpoint."""

from __future__ import annotations

import contextlib
from typing import Any, Mapping, Sequence

import numpy as np
import tensorflow.compat.v1 as tf

from .. import dependencies, progress_bars
from . import (
    best_checkpoint,
    divergence,
    early_stopping,
    evaluations,
    model,
    schedule,
    training_losses,
)
from . import plan as plan_lib

# Name of the global step among the metrics and the variables.
GLOBAL_STEP = "global_step"


class EpochReporter:
    """What happens after an evaluation."""

    def __init__(
        self, plan: plan_lib.Plan, history: evaluations.History, most_kept: int
    ) -> None:
        """Keeps the training and its earlier evaluations.

        Args:
          plan: the training.
          history: the evaluations so far.
          most_kept: how many of the best checkpoints to keep.
        """
        self._plan = plan
        self._history = history
        self._most_kept = most_kept

    def report(self, metrics: Mapping[str, Any], checkpoint: str) -> None:
        """Prints and records an evaluation, and keeps the checkpoint if it is the best.

        Args:
          metrics: the metrics of `model.model_fn`.
          checkpoint: prefix of the checkpoint that was evaluated.

        Raises:
          errors.InputError: if the loss is not finite.
        """
        earlier = self._history.evaluations
        found = describe_evaluation(self._plan, earlier, metrics)
        if evaluations.sort_best_first([*earlier, found])[0] == found:
            # The chief of a cluster may have deleted it meanwhile.
            with contextlib.suppress(FileNotFoundError):
                best_checkpoint.keep(
                    self._plan.training_dir,
                    checkpoint,
                    found.step,
                    metrics[model.CONFUSION_MATRIX],
                    self._most_kept,
                )
        self._history.add(found)
        progress_bars.print_line(str(found))

    def as_exporter(
        self, explain_stop: early_stopping.ExplainStop
    ) -> tf.estimator.Exporter:
        """Returns an Exporter, which TensorFlow calls after each evaluation.

        Args:
          explain_stop: returns why this process ends after an evaluation, or None.
        """
        estimator_lib: Any = dependencies.estimator()
        report = self.report

        class Reporter(estimator_lib.Exporter):
            """Reports the evaluation, and exports nothing."""

            name = "report"

            def export(
                self,
                estimator: tf.estimator.Estimator,
                export_path: str,
                checkpoint_path: str,
                eval_result: Mapping[str, Any],
                is_the_final_export: bool,
            ) -> None:
                del estimator, export_path, is_the_final_export
                report(eval_result, checkpoint_path)
                if explain_stop() is not None:
                    raise early_stopping.StoppedEarlyError

        return Reporter()


def describe_evaluation(
    plan: plan_lib.Plan,
    earlier: Sequence[evaluations.Evaluation],
    metrics: Mapping[str, Any],
) -> evaluations.Evaluation:
    """Returns an evaluation.

    Args:
      plan: the training.
      earlier: the evaluations before.
      metrics: the metrics of `model.model_fn`.

    Raises:
      errors.InputError: if the loss or the accuracy is not finite.
    """
    step = int(metrics[GLOBAL_STEP])
    accuracy, loss = float(metrics[model.ACCURACY]), float(metrics[model.CROSS_ENTROPY])
    if not (np.isfinite(loss) and np.isfinite(accuracy)):
        raise divergence.describe(plan)
    previous = max((each.step for each in earlier if each.step < step), default=0)
    return evaluations.Evaluation(
        # A numpy number, which rounds to a float under old versions of numpy.
        epoch=round(step / plan.steps_per_epoch),
        step=step,
        epochs=plan.options.epochs,
        accuracy=accuracy,
        loss=loss,
        training_loss=training_losses.read(plan.training_dir, step, previous),
        learning_rate=schedule.evaluate_learning_rate(
            step - 1, plan.options.peak_learning_rate, plan.warm_up_steps, plan.steps
        ),
    )
