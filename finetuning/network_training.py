"""Trains the whole network of a module, and evaluates it after each epoch."""

from __future__ import annotations

import functools
import os
from typing import Any, Mapping

import numpy as np
import tensorflow.compat.v1 as tf

from .. import dependencies, errors
from . import batches, cluster, divergence, model, progress, seeds
from . import plan as plan_lib
from . import trained as trained_lib

# The publisher uses these values for 350 epochs of ImageNet.
_LABEL_SMOOTHING = 0.1
_LARGEST_AVERAGES_DECAY = 0.9999
_LARGEST_BATCH_NORM_MOMENTUM = 0.99
# In a short run, the moving averages are those of the last tenth of the steps.
_AVERAGED_FRACTION = 0.1

_SECONDS_BETWEEN_LOOKS = 2
_LARGEST_STEPS_PER_POINT = 100

# Of the message of TensorFlow if the address is in use, or of another machine.
_NO_SERVER = "Could not start gRPC server"

_GLOBAL_STEP = "global_step"


def train_network(module: str, plan: plan_lib.Plan) -> trained_lib.Trained | None:
    """Trains all variables of a classification module.

    If TF_CONFIG describes a cluster, this process does its task in it. If
    `plan.training_dir` has checkpoints, training resumes from the last one.

    Args:
      module: the module's directory. Its classes are those of the photographs.
      plan: the training.

    Returns:
      The result of the training; None in a process of a cluster other than the chief.

    Raises:
      errors.InputError: if TF_CONFIG describes a cluster that cannot train a module, or
        the training diverges.
      errors.DependencyError: if TensorFlow has no `tf.estimator`, or tensorflow_hub no
        `hub.Module`.
    """
    task = cluster.read_task()
    params = {"module": module, "recipe": _choose_recipe(plan)}
    first_step = _find_first_step(plan)
    run_config = _configure_run(plan, task, first_step)
    estimator = _make_estimator(params, run_config)
    if task.is_chief and first_step:
        print(f"resumes at step {first_step} of {plan.steps}", flush=True)
    try:
        metrics = _train_and_evaluate(
            estimator,
            _specify_training(estimator, plan, task, first_step),
            _specify_evaluation(plan, task),
            task,
        )
    except tf.train.NanLossDuringTrainingError as error:
        raise divergence.describe(plan) from error
    if not task.is_chief:
        return None
    if metrics is None:  # No step was left, or another process evaluates.
        # The variables of this evaluation are not on a parameter server.
        here = run_config.replace(device_fn=lambda op: op.device)
        metrics = _make_estimator(params, here).evaluate(_evaluation_input(plan))
    if not np.isfinite(metrics["loss"]):
        raise divergence.describe(plan)
    return trained_lib.Trained(
        checkpoint=estimator.latest_checkpoint(),
        steps=int(metrics[_GLOBAL_STEP]),
        accuracy=float(metrics[model.ACCURACY]),
        confusion_matrix=metrics[model.CONFUSION_MATRIX],
        class_names=plan.class_names,
    )


def _choose_recipe(plan: plan_lib.Plan) -> model.Recipe:
    decay = 1 - 1 / max(1.0, _AVERAGED_FRACTION * plan.steps)
    return model.Recipe(
        steps=plan.steps,
        warm_up_steps=plan.warm_up_steps,
        learning_rate=plan.options.peak_learning_rate,
        label_smoothing=_LABEL_SMOOTHING,
        moving_average_decay=min(_LARGEST_AVERAGES_DECAY, decay),
        batch_norm_momentum=min(_LARGEST_BATCH_NORM_MOMENTUM, decay),
    )


def _find_first_step(plan: plan_lib.Plan) -> int:
    """Returns the number of steps that earlier runs have done."""
    checkpoint = tf.train.latest_checkpoint(plan.training_dir)
    if checkpoint is None:
        return 0
    return int(tf.train.load_variable(checkpoint, _GLOBAL_STEP))


def _configure_run(
    plan: plan_lib.Plan, task: cluster.Task, first_step: int
) -> tf.estimator.RunConfig:
    # TensorBoard gets at least ten points an epoch, of the loss and of steps a second.
    steps_per_point = min(_LARGEST_STEPS_PER_POINT, max(1, plan.steps_per_epoch // 10))
    with cluster.reduced_variable():
        return dependencies.estimator().RunConfig(
            model_dir=plan.training_dir,
            tf_random_seed=_choose_seed(plan, task, first_step),
            save_checkpoints_steps=plan.steps_per_epoch,
            save_summary_steps=steps_per_point,
            log_step_count_steps=steps_per_point,
            # The chief deletes old checkpoints while an evaluator is still reading.
            keep_checkpoint_max=2 if task.trains_alone else 5,
        )


def _choose_seed(plan: plan_lib.Plan, task: cluster.Task, first_step: int) -> int:
    return seeds.choose_seed(plan.options.seed, task.position, first_step)


def _make_estimator(
    params: Mapping[str, Any], run_config: tf.estimator.RunConfig
) -> tf.estimator.Estimator:
    return dependencies.estimator().Estimator(
        model.model_fn, params=params, config=run_config
    )


def _specify_training(
    estimator: tf.estimator.Estimator,
    plan: plan_lib.Plan,
    task: cluster.Task,
    first_step: int,
) -> tf.estimator.TrainSpec:
    return dependencies.estimator().TrainSpec(
        functools.partial(
            batches.read_training_batches,
            plan.training_photographs,
            plan.image_size,
            plan.options.batch,
            plan.options.augmentation,
            _choose_seed(plan, task, first_step),
        ),
        max_steps=plan.steps,
        hooks=_make_hooks(estimator, plan, task),
    )


def _specify_evaluation(
    plan: plan_lib.Plan, task: cluster.Task
) -> tf.estimator.EvalSpec:
    return dependencies.estimator().EvalSpec(
        _evaluation_input(plan),
        steps=None,
        exporters=[_make_reporter(plan)],
        start_delay_secs=0,
        # One process evaluates after each epoch, however short. An evaluator looks
        # for a new checkpoint at this interval.
        throttle_secs=0 if task.trains_alone else _SECONDS_BETWEEN_LOOKS,
    )


def _evaluation_input(plan: plan_lib.Plan) -> functools.partial[tf.data.Dataset]:
    return functools.partial(
        batches.read_evaluation_batches,
        plan.evaluation_photographs,
        plan.image_size,
        plan.options.batch,
    )


def _train_and_evaluate(
    estimator: tf.estimator.Estimator,
    train_spec: tf.estimator.TrainSpec,
    eval_spec: tf.estimator.EvalSpec,
    task: cluster.Task,
) -> Mapping[str, Any] | None:
    """Does the task of this process; returns the metrics of its last evaluation."""
    estimator_lib = dependencies.estimator()
    while True:
        try:
            result = estimator_lib.train_and_evaluate(estimator, train_spec, eval_spec)
            return result and result[0]
        except tf.errors.NotFoundError:
            # The chief can delete an old checkpoint while an evaluator reads it.
            if not task.is_evaluator:
                raise
        except tf.errors.UnknownError as error:
            if task.trains_alone or _NO_SERVER not in str(error):
                raise
            raise errors.InputError(
                f"the address of the {task} in TF_CONFIG must be of this machine, with "
                "a port that is free, found that no server can listen at it: is "
                "another process using it?"
            ) from error


def _make_hooks(
    estimator: tf.estimator.Estimator, plan: plan_lib.Plan, task: cluster.Task
) -> list[tf.train.SessionRunHook]:
    hooks: list[tf.train.SessionRunHook] = [progress.StepsHook(plan.steps)]
    if not task.trains_alone:
        hooks.append(progress.OwnStepsHook(str(task)))
    if plan.options.patience is not None:
        hooks.append(_make_stopping_hook(estimator, plan, plan.options.patience))
    return hooks


def _make_stopping_hook(
    estimator: tf.estimator.Estimator, plan: plan_lib.Plan, patience: int
) -> tf.train.SessionRunHook:
    """Returns a hook that stops training after epochs without a better accuracy."""
    # The hook reads the evaluations in this folder, even before the first.
    os.makedirs(estimator.eval_dir(), exist_ok=True)
    return dependencies.estimator().experimental.stop_if_no_increase_hook(
        estimator,
        model.ACCURACY,
        max_steps_without_increase=patience * plan.steps_per_epoch,
        run_every_secs=None,
        run_every_steps=plan.steps_per_epoch,
    )


def _make_reporter(plan: plan_lib.Plan) -> tf.estimator.Exporter:
    """Returns an Exporter that prints: TensorFlow calls it after each evaluation."""
    estimator_lib: Any = dependencies.estimator()

    class Reporter(estimator_lib.Exporter):
        """Prints the accuracy and the loss, and exports nothing."""

        name = "report"

        def export(
            self,
            estimator: tf.estimator.Estimator,
            export_path: str,
            checkpoint_path: str,
            eval_result: Mapping[str, Any],
            is_the_final_export: bool,
        ) -> None:
            del estimator, export_path, checkpoint_path, is_the_final_export
            # A numpy number, which rounds to a float under old versions of numpy.
            epoch = round(int(eval_result[_GLOBAL_STEP]) / plan.steps_per_epoch)
            accuracy, loss = eval_result[model.ACCURACY], eval_result["loss"]
            print(
                f"epoch {epoch}: accuracy {accuracy:.4f}, loss {loss:.4f}", flush=True
            )

    return Reporter()
