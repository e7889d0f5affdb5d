"""Trains the whole network of a module, and evaluates it after each epoch."""

from __future__ import annotations

import dataclasses
import functools
import inspect
from typing import Any, Callable, Mapping, Sequence

import numpy as np
import tensorflow.compat.v1 as tf

from .. import dependencies, errors, progress_bars
from . import (
    batches,
    best_checkpoint,
    cluster,
    divergence,
    early_stopping,
    epoch_reporter,
    evaluations,
    model,
    progress,
    recipes,
    seeds,
    silent_servers,
    training_losses,
    worker_end,
)
from . import plan as plan_lib
from . import trained as trained_lib

_SECONDS_BETWEEN_LOOKS = 2
_LARGEST_STEPS_PER_POINT = 100
# In a cluster, the chief may still read the best checkpoint when there is a better one.
_MOST_KEPT_IN_A_CLUSTER = 2

# Of the message of TensorFlow if the address is in use, or of another machine.
_NO_SERVER = "Could not start gRPC server"
# Of the message of TensorFlow if a checkpoint is gone when an evaluation restores it.
_NO_CHECKPOINT = "is not a valid checkpoint"


def train_network(module: str, plan: plan_lib.Plan) -> trained_lib.Trained | None:
    """Trains all variables of a classification module.

    If TF_CONFIG describes a cluster, this process does its task in it. If
    `plan.training_dir` has checkpoints, training resumes from the last one.

    Args:
      module: the module's directory. Its classes are those of the photographs.
      plan: the training.

    Returns:
      The result of the training, of the best evaluation; None in a process of a cluster
      other than the chief.

    Raises:
      errors.InputError: if TF_CONFIG describes a cluster that cannot train a module, or
        the training diverges.
      errors.DependencyError: if TensorFlow has no `tf.estimator`, or tensorflow_hub no
        `hub.Module`.
    """
    task = cluster.read_task()
    params = {"module": module, "recipe": recipes.choose(plan, task.processes)}
    first_step = count_steps(plan.training_dir)
    run_config = _configure_run(plan, task, first_step)
    estimator = _make_estimator(params, run_config)
    # The variables of its evaluations are not on a parameter server.
    evaluator = _make_estimator(
        params, run_config.replace(device_fn=lambda op: op.device)
    )
    if task.is_chief and first_step:
        progress_bars.print_line(f"resumes at step {first_step} of {plan.steps}")
    history = evaluations.History(plan.training_dir)
    if task.is_chief:
        history.forget_after(first_step)
    reporter = epoch_reporter.EpochReporter(
        plan, history, 1 if task.trains_alone else _MOST_KEPT_IN_A_CLUSTER
    )
    if task.trains_alone and first_step:
        _evaluate_if_interrupted(evaluator, plan, first_step, reporter)
    if not (task.trains_alone and _explain_stop(plan)):
        explain_stop = _make_explain_stop(plan, task, history)
        train = functools.partial(
            _train_and_evaluate,
            estimator,
            _specify_training(plan, task, first_step, explain_stop),
            _specify_evaluation(plan, task, reporter),
            task,
        )
        with divergence.describing(plan), silent_servers.noting(task):
            _do_task(train, plan, task)
    if not task.is_chief:
        return None
    stopped_early = _report_early_end(plan)
    return dataclasses.replace(
        _find_result(evaluator, plan), stopped_early=stopped_early
    )


def _report_early_end(plan: plan_lib.Plan) -> str | None:
    """Prints and returns why the training ended before its last step, or None."""
    stopped_early = _explain_early_end(plan)
    if stopped_early is not None:
        progress_bars.print_line(stopped_early)
    elif plan.options.patience is not None and not evaluations.read(plan.training_dir):
        progress_bars.print_line(
            "note: --patience had no effect, because the cluster has no evaluator"
        )
    return stopped_early


def count_steps(training_dir: str) -> int:
    """Returns the number of steps that are done in the folder of a training."""
    checkpoint = tf.train.latest_checkpoint(training_dir)
    return 0 if checkpoint is None else _read_step(checkpoint)


def _read_step(checkpoint: str) -> int:
    # Not that of the name: a worker can take a step before the variables are saved.
    return int(tf.train.load_variable(checkpoint, epoch_reporter.GLOBAL_STEP))


def _explain_stop(plan: plan_lib.Plan) -> str | None:
    """Returns why the training stops early, None if it continues."""
    patience = recipes.choose_patience(plan)
    if patience is None:
        return None
    # In a cluster, another process adds to the record.
    return patience.explain_stop(evaluations.read(plan.training_dir))


def _explain_early_end(plan: plan_lib.Plan) -> str | None:
    """Returns why the training ended before its last step, None if it did not."""
    # The last evaluation in a cluster can be of an epoch before the last one.
    if count_steps(plan.training_dir) >= plan.steps:
        return None
    return _explain_stop(plan)


def _make_explain_stop(
    plan: plan_lib.Plan, task: cluster.Task, history: evaluations.History
) -> early_stopping.ExplainStop:
    """Returns what says after a step why the training stops, or None."""
    patience = recipes.choose_patience(plan)
    if not task.trains_alone or patience is None:
        return functools.partial(_explain_stop, plan)
    # This process adds to the record: it need not be read after each step.
    known = patience
    return lambda: known.explain_stop(history.evaluations)


def _evaluate_if_interrupted(
    evaluator: tf.estimator.Estimator,
    plan: plan_lib.Plan,
    first_step: int,
    reporter: epoch_reporter.EpochReporter,
) -> None:
    """Evaluates the last checkpoint, if a run ended before it could do so."""
    if all(each.step != first_step for each in evaluations.read(plan.training_dir)):
        metrics = evaluator.evaluate(_evaluation_input(plan))
        reporter.report(metrics, evaluator.latest_checkpoint())


def _find_result(
    evaluator: tf.estimator.Estimator, plan: plan_lib.Plan
) -> trained_lib.Trained:
    """Returns the result of the best evaluation whose checkpoint still exists."""
    evaluated = evaluations.read(plan.training_dir)
    latest = evaluator.latest_checkpoint()
    matrices = {}
    if _read_step(latest) not in [each.step for each in evaluated]:
        # Another process evaluates, and may not have done so yet.
        metrics = evaluator.evaluate(_evaluation_input(plan), checkpoint_path=latest)
        found = epoch_reporter.describe_evaluation(plan, evaluated, metrics)
        evaluated.append(found)
        matrices[found.step] = latest, metrics[model.CONFUSION_MATRIX]
    for each in evaluations.sort_best_first(evaluated):
        kept = matrices.get(each.step) or best_checkpoint.find(
            plan.training_dir, each.step
        )
        if kept is not None:
            checkpoint, matrix = kept
            return _make_result(plan, each, checkpoint, matrix, evaluated)
    raise errors.InputError(
        f"'{plan.training_dir}' must have the checkpoint of the best evaluation, found "
        "none: delete it, or name another folder with --training_dir"
    )


def _make_result(
    plan: plan_lib.Plan,
    best: evaluations.Evaluation,
    checkpoint: str,
    matrix: np.ndarray,
    evaluated: Sequence[evaluations.Evaluation],
) -> trained_lib.Trained:
    return trained_lib.Trained(
        checkpoint=checkpoint,
        steps=best.step,
        accuracy=best.accuracy,
        confusion_matrix=matrix,
        class_names=plan.class_names,
        epoch=best.epoch,
        evaluations=evaluated,
        training_dir=plan.training_dir,
    )


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
    plan: plan_lib.Plan,
    task: cluster.Task,
    first_step: int,
    explain_stop: early_stopping.ExplainStop,
) -> tf.estimator.TrainSpec:
    return dependencies.estimator().TrainSpec(
        functools.partial(
            batches.read_training_batches,
            plan.training_photographs,
            plan.image_size,
            plan.options.batch,
            plan.options.chosen_augmentation,
            _choose_seed(plan, task, first_step),
        ),
        max_steps=plan.steps,
        hooks=_make_hooks(plan, task, explain_stop),
    )


def _specify_evaluation(
    plan: plan_lib.Plan, task: cluster.Task, reporter: epoch_reporter.EpochReporter
) -> tf.estimator.EvalSpec:
    return dependencies.estimator().EvalSpec(
        _evaluation_input(plan),
        steps=None,
        exporters=[reporter.as_exporter(_make_end(plan, task))],
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


def _make_end(plan: plan_lib.Plan, task: cluster.Task) -> early_stopping.ExplainStop:
    """Returns what says after an evaluation whether this process ends."""
    # Without a last step, TensorFlow's evaluator would wait for it forever.
    return functools.partial(_explain_stop, plan) if task.is_evaluator else _go_on


def _go_on() -> None:
    """Ends nothing."""


def _do_task(
    train: Callable[[], None], plan: plan_lib.Plan, task: cluster.Task
) -> None:
    if not task.is_worker:
        train()
    elif not worker_end.train_until_end(train, lambda: _has_ended(plan)):
        progress_bars.print_line(
            f"note: {task} ends, because the training has ended: it was still in a "
            "step, or waited for a parameter server"
        )


def _has_ended(plan: plan_lib.Plan) -> bool:
    """Returns whether the chief has taken the last step, or has stopped early."""
    try:
        done = count_steps(plan.training_dir)
    except tf.errors.OpError:  # The chief has deleted the checkpoint.
        return False
    return done >= plan.steps or _explain_stop(plan) is not None


def _train_and_evaluate(
    estimator: tf.estimator.Estimator,
    train_spec: tf.estimator.TrainSpec,
    eval_spec: tf.estimator.EvalSpec,
    task: cluster.Task,
) -> None:
    """Does the task of this process."""
    estimator_lib = dependencies.estimator()
    while True:
        try:
            estimator_lib.train_and_evaluate(estimator, train_spec, eval_spec)
            return
        except early_stopping.StoppedEarlyError:
            return
        except (tf.errors.NotFoundError, ValueError) as error:
            if not (task.is_evaluator and _is_of_deleted_checkpoint(error)):
                raise
        except tf.errors.UnknownError as error:
            if task.trains_alone or _NO_SERVER not in str(error):
                raise
            raise errors.InputError(
                f"the address of the {task} in TF_CONFIG must be of this machine, with "
                "a port that is free, found that no server can listen at it: is "
                "another process using it?"
            ) from error


def _is_of_deleted_checkpoint(error: Exception) -> bool:
    """Returns whether the chief deleted a checkpoint before an evaluation read it."""
    return isinstance(error, tf.errors.NotFoundError) or _NO_CHECKPOINT in str(error)


def _make_hooks(
    plan: plan_lib.Plan,
    task: cluster.Task,
    explain_stop: early_stopping.ExplainStop,
) -> list[tf.train.SessionRunHook]:
    losses = training_losses.LossesHook(functools.partial(divergence.describe, plan))
    hooks: list[tf.train.SessionRunHook] = [progress.StepsHook(plan.steps), losses]
    if task.is_chief:
        # TensorFlow's own hook would save before the loss of the step is known.
        recorder = training_losses.LossesRecorder(plan.training_dir, losses)
        hooks.append(
            tf.train.CheckpointSaverHook(
                plan.training_dir,
                save_steps=plan.steps_per_epoch,
                listeners=[recorder],
                **_leave_out_the_graph(),
            )
        )
    if not task.trains_alone:
        hooks.append(progress.OwnStepsHook(str(task)))
    if plan.options.patience is not None:
        hooks.append(early_stopping.StoppingHook(explain_stop, task.trains_alone))
    return hooks


def _leave_out_the_graph() -> dict[str, bool]:
    """Returns the option that leaves the graph out of the training folder.

    Nothing reads the graph there, and TensorFlow needs seconds to write it as text.
    TensorFlow 1 always writes it.
    """
    option = "save_graph_def"
    known = inspect.signature(tf.train.CheckpointSaverHook).parameters
    return {option: False} if option in known else {}
