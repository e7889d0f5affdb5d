"""Trains a module on photographs, evaluates it after each epoch."""

from __future__ import annotations

import dataclasses
import functools
import math
import os
from typing import Sequence

import numpy as np
import tensorflow.compat.v1 as tf

from .. import dependencies, errors
from . import batches, cluster, model, progress
from . import photographs as photographs_lib

# As the publisher's, for ImageNet's 350 epochs of which 5 warm up.
_LABEL_SMOOTHING = 0.1
_MOST_AVERAGING = 0.9999
_MOST_MOMENTUM = 0.99
# Averages forget the first nine tenths of a short run.
_PART_REMEMBERED = 0.1

_SECONDS_BETWEEN_LOOKS = 2
_MOST_STEPS_PER_POINT = 100

_GLOBAL_STEP = "global_step"
_LEAST = {
    "epochs": 1,
    "batch": 1,
    "learning_rate": 0,
    "warm_up_epochs": 0,
    "patience": 1,
}


@dataclasses.dataclass(frozen=True)
class Plan:
    """What a user may choose of a training.

    Attributes:
      epochs: how often each photograph is seen.
      batch: number of images in a batch.
      image_size: height and width of the images in pixels.
      learning_rate: of momentum 0.9, at its peak, for a batch of this size.
      warm_up_epochs: in which the learning rate rises; may be a part of one.
      patience: number of epochs without a better accuracy that end the training, or
        None to go through all.
      augmentation: one of `batches.AUGMENTATIONS`.
      seed: seeds the order of photographs, augmentation, dropout, stochastic depth.
    """

    epochs: int
    batch: int
    image_size: int
    learning_rate: float
    warm_up_epochs: float
    patience: int | None
    augmentation: str
    seed: int

    def __post_init__(self):
        for name, least in _LEAST.items():
            value = getattr(self, name)
            # Comparisons with NaN are false.
            if value is not None and not least <= value < math.inf:
                raise errors.InputError(
                    f"{name} must be at least {least}, found {value!r}"
                )
        if self.augmentation not in batches.AUGMENTATIONS:
            raise errors.InputError(
                "augmentation must be one of {}, found {!r}".format(
                    ", ".join(batches.AUGMENTATIONS), self.augmentation
                )
            )

    def steps_per_epoch(self, photographs: int) -> int:
        """Returns how many whole batches a number of photographs makes.

        Raises:
          errors.InputError: if it makes none.
        """
        if photographs < self.batch:
            raise errors.InputError(
                "there must be a batch of %d photographs to train with, found %d "
                "beside those held out: is --batch too large?"
                % (self.batch, photographs)
            )
        return photographs // self.batch

    def steps(self, photographs: int) -> int:
        """Returns how many steps a number of photographs makes."""
        return self.epochs * self.steps_per_epoch(photographs)

    def warm_up_steps(self, photographs: int) -> int:
        """Returns in how many of them the learning rate rises: not in all."""
        warm_up_steps = round(self.warm_up_epochs * self.steps_per_epoch(photographs))
        return min(warm_up_steps, self.steps(photographs) - 1)


@dataclasses.dataclass(frozen=True)
class Trained:
    """What came of a training.

    Attributes:
      checkpoint: prefix of the last checkpoint.
      steps: number of steps that it has behind it.
      accuracy: part of the photographs held out that it classifies rightly.
      confusion_matrix: int64 `[classes, classes]`: how many of the class of a row were
        taken for that of a column.
      class_names: the name of each class.
    """

    checkpoint: str
    steps: int
    accuracy: float
    confusion_matrix: np.ndarray
    class_names: Sequence[str]


def train(
    module: str,
    to_train_with: photographs_lib.Photographs,
    to_evaluate_with: photographs_lib.Photographs,
    training_dir: str,
    plan: Plan,
) -> Trained | None:
    """Trains all of a classification module, as the task of this process has it.

    Args:
      module: the module's directory; it has a class for each of the photographs'.
      to_train_with: the photographs to train with.
      to_evaluate_with: the photographs to evaluate with.
      training_dir: where checkpoints and TensorBoard's summaries go; a training of
        which it holds checkpoints goes on from the last.
      plan: how to train.

    Returns:
      What came of it; None in a process of a cluster other than the chief.

    Raises:
      errors.InputError: if there are fewer photographs than make a batch, or TF_CONFIG
        tells of no cluster that can train a module.
      errors.DependencyError: if TensorFlow has no `tf.estimator`, or tensorflow_hub no
        `hub.Module`.
    """
    task = cluster.task_of_this_process()
    estimator_lib = dependencies.estimator()
    steps_per_epoch = plan.steps_per_epoch(len(to_train_with.paths))
    recipe = _recipe(plan, len(to_train_with.paths))
    params = {"module": module, "recipe": recipe}
    run_config = estimator_lib.RunConfig(
        model_dir=training_dir,
        tf_random_seed=plan.seed + task.position,
        save_checkpoints_steps=steps_per_epoch,
        # Ten points an epoch at least for TensorBoard, of losses and of steps a second.
        save_summary_steps=_steps_per_point(steps_per_epoch),
        log_step_count_steps=_steps_per_point(steps_per_epoch),
        # An evaluator comes after the training, which deletes old ones meanwhile.
        keep_checkpoint_max=2 if task.trains_alone else 5,
    )
    estimator = estimator_lib.Estimator(
        model.model_fn, params=params, config=run_config
    )
    if task.is_chief and estimator.latest_checkpoint() is not None:
        step = estimator.get_variable_value(_GLOBAL_STEP)
        print("goes on from step %d of %d" % (step, recipe.steps), flush=True)
    evaluate = functools.partial(
        batches.to_evaluate_with, to_evaluate_with, plan.image_size, plan.batch
    )
    train_spec = estimator_lib.TrainSpec(
        functools.partial(
            batches.to_train_with,
            to_train_with,
            plan.image_size,
            plan.batch,
            plan.augmentation,
            # Each process of a cluster sees the photographs in an order of its own.
            plan.seed + task.position,
        ),
        max_steps=recipe.steps,
        hooks=_hooks(estimator_lib, estimator, recipe, steps_per_epoch, plan, task),
    )
    eval_spec = estimator_lib.EvalSpec(
        evaluate,
        steps=None,
        exporters=[_reporter(estimator_lib, steps_per_epoch)],
        start_delay_secs=0,
        # Alone, after each epoch, however short; an evaluator looks for a checkpoint
        # as often as that.
        throttle_secs=0 if task.trains_alone else _SECONDS_BETWEEN_LOOKS,
    )
    metrics = _trained_and_evaluated(estimator, train_spec, eval_spec, task)
    if not task.is_chief:
        return None
    if metrics is None:  # There was no step left to take, or an evaluator has them.
        estimator = estimator_lib.Estimator(
            model.model_fn,
            params=params,
            # Variables are here, not on a parameter server.
            config=run_config.replace(device_fn=lambda op: op.device),
        )
        metrics = estimator.evaluate(evaluate)
    return Trained(
        checkpoint=estimator.latest_checkpoint(),
        steps=int(metrics[_GLOBAL_STEP]),
        accuracy=float(metrics[model.ACCURACY]),
        confusion_matrix=metrics[model.CONFUSION_MATRIX],
        class_names=to_evaluate_with.class_names,
    )


def _steps_per_point(steps_per_epoch: int) -> int:
    return min(_MOST_STEPS_PER_POINT, max(1, steps_per_epoch // 10))


def _trained_and_evaluated(estimator, train_spec, eval_spec, task):
    """Does this process's task; returns the last evaluation's metrics, if any."""
    estimator_lib = dependencies.estimator()
    while True:
        try:
            done = estimator_lib.train_and_evaluate(estimator, train_spec, eval_spec)
            return done and done[0]
        except tf.errors.NotFoundError:
            # The chief may delete an old checkpoint while it is read.
            if not task.is_evaluator:
                raise


def _recipe(plan: Plan, photographs: int) -> model.Recipe:
    steps = plan.steps(photographs)
    remembering = 1 - 1 / max(1.0, _PART_REMEMBERED * steps)
    return model.Recipe(
        steps=steps,
        warm_up_steps=plan.warm_up_steps(photographs),
        learning_rate=plan.learning_rate,
        label_smoothing=_LABEL_SMOOTHING,
        moving_average_decay=min(_MOST_AVERAGING, remembering),
        batch_norm_momentum=min(_MOST_MOMENTUM, remembering),
    )


def _hooks(estimator_lib, estimator, recipe, steps_per_epoch, plan, task):
    hooks = [progress.StepsHook(recipe.steps)]
    if not task.trains_alone:
        hooks.append(progress.OwnStepsHook(str(task)))
    if plan.patience is not None:
        # It reads the evaluations there, also before the first.
        os.makedirs(estimator.eval_dir(), exist_ok=True)
        hooks.append(
            estimator_lib.experimental.stop_if_no_increase_hook(
                estimator,
                model.ACCURACY,
                max_steps_without_increase=plan.patience * steps_per_epoch,
                run_every_secs=None,
                run_every_steps=steps_per_epoch,
            )
        )
    return hooks


def _reporter(estimator_lib, steps_per_epoch: int):
    """Returns what prints each evaluation: an Exporter is told of all of them."""

    class Reporter(estimator_lib.Exporter):
        """Prints, and exports nothing."""

        name = "report"

        def export(
            self,
            estimator,
            export_path,
            checkpoint_path,
            eval_result,
            is_the_final_export,
        ):
            del estimator, export_path, checkpoint_path, is_the_final_export
            print(
                "epoch %d: accuracy %.4f, loss %.4f"
                % (
                    round(eval_result[_GLOBAL_STEP] / steps_per_epoch),
                    eval_result[model.ACCURACY],
                    eval_result["loss"],
                ),
                flush=True,
            )

    return Reporter()
