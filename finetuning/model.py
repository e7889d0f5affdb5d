"""A `model_fn` for `tf.estimator` that trains a whole module."""

from __future__ import annotations

import dataclasses
from typing import Any, Mapping, Tuple

import tensorflow.compat.v1 as tf

from .. import dependencies, errors
from ..builder import training_step
from ..signatures import names as signatures_lib
from . import schedule, training_losses

ACCURACY = "accuracy"
CROSS_ENTROPY = "cross_entropy"
CONFUSION_MATRIX = "confusion_matrix"
_MOMENTUM = 0.9

# The value of a metric, and the op that updates it.
_Metric = Tuple[tf.Tensor, tf.Operation]


@dataclasses.dataclass(frozen=True)
class Recipe:
    """The hyperparameters of a training.

    Attributes:
      steps: number of all steps.
      warm_up_steps: number of steps in which the learning rate rises, less than
        `steps`.
      learning_rate: the peak learning rate (see `schedule.compute_learning_rate`).
      label_smoothing: fraction of a label's probability that is spread over all
        classes, in [0, 1).
      moving_average_decay: decay of the moving averages of the weights, in [0, 1). With
        0 there are no averages.
      batch_norm_momentum: weight of the old value in an update of a moving average of
        batch normalization, in [0, 1]. Both are smaller in the first steps, see
        `training_step.warm_up_decay`.
      processes: number of processes that train.
    """

    steps: int
    warm_up_steps: int
    learning_rate: float
    label_smoothing: float
    moving_average_decay: float
    batch_norm_momentum: float
    processes: int = 1


def model_fn(
    features: tf.Tensor, labels: tf.Tensor, mode: str, params: Mapping[str, Any]
) -> tf.estimator.EstimatorSpec:
    """Builds the graph that trains or evaluates a classification module.

    Both graphs have the same variables, in the scope `module/`. Training runs the
    update ops of batch normalization and adds the module's regularization losses.
    Evaluation uses the moving averages of the weights, if there are any.

    Args:
      features: float32 `[batch, height, width, 3]`, RGB in [0, 1].
      labels: int32 `[batch]`.
      mode: TRAIN or EVAL of `tf.estimator.ModeKeys`.
      params: 'module', the module's directory, and 'recipe', a Recipe.

    Returns:
      A `tf.estimator.EstimatorSpec`. Its metrics are 'accuracy', 'cross_entropy', the
      mean over the images, and 'confusion_matrix', int64 `[classes, classes]`. A row is
      the class of the images, a column the predicted class.

    Raises:
      errors.InputError: if a `tf.distribute` strategy is active.
    """
    _check_no_strategy()
    estimator = dependencies.estimator()
    hub = dependencies.tensorflow_hub_with_module()
    training = mode == estimator.ModeKeys.TRAIN
    recipe = params["recipe"]
    tags = {"train"} if training else None
    module = hub.Module(params["module"], name="module", trainable=True, tags=tags)
    inputs = {
        signatures_lib.IMAGES: features,
        # In evaluation, the module ignores it.
        signatures_lib.BATCH_NORM_MOMENTUM: training_step.warm_up_decay(
            recipe.batch_norm_momentum,
            tf.train.get_or_create_global_step()
            + training_step.count_earlier_updates(recipe.processes),
        ),
    }
    signature = signatures_lib.CLASSIFICATION + signatures_lib.WITH_BN_HPARAMS
    logits = module(inputs, signature=signature)
    if training:
        loss = _compute_loss(logits, labels, recipe.label_smoothing)
        loss += tf.losses.get_regularization_loss()
        loss = tf.identity(loss, training_losses.LOSS)
        return estimator.EstimatorSpec(
            mode, loss=loss, train_op=_make_train_op(loss, recipe)
        )
    return estimator.EstimatorSpec(
        mode,
        loss=_compute_loss(logits, labels, label_smoothing=0.0),
        eval_metric_ops=_make_metrics(logits, labels),
        scaffold=training_step.restoring_scaffold(recipe.moving_average_decay),
    )


def _check_no_strategy() -> None:
    if tf.distribute.has_strategy():
        raise errors.InputError(
            "a module must be trained without a tf.distribute strategy, found "
            f"{type(tf.distribute.get_strategy()).__name__}: its variables cannot "
            "be mirrored, so use a parameter server (TF_CONFIG), or train the network "
            "with efficientnet_hub.model_fn"
        )


def _make_train_op(loss: tf.Tensor, recipe: Recipe) -> tf.Operation:
    def make_optimizer(global_step: tf.Tensor) -> tf.train.Optimizer:
        learning_rate = schedule.compute_learning_rate(
            global_step, recipe.learning_rate, recipe.warm_up_steps, recipe.steps
        )
        tf.summary.scalar("learning_rate", learning_rate)
        return tf.train.MomentumOptimizer(learning_rate, _MOMENTUM)

    return training_step.train_op(
        loss,
        make_optimizer,
        recipe.moving_average_decay,
        training_step.count_earlier_updates(recipe.processes),
    )


def _compute_loss(
    logits: tf.Tensor, labels: tf.Tensor, label_smoothing: float
) -> tf.Tensor:
    return tf.losses.softmax_cross_entropy(
        tf.one_hot(labels, int(logits.shape[-1])),
        logits,
        label_smoothing=label_smoothing,
    )


def _make_metrics(logits: tf.Tensor, labels: tf.Tensor) -> dict[str, _Metric]:
    classes = tf.argmax(logits, axis=1)
    return {
        ACCURACY: tf.metrics.accuracy(labels, classes),
        # Estimator's own 'loss' is the mean of the batches: the photographs of a small
        # last batch would count more.
        CROSS_ENTROPY: tf.metrics.mean(
            tf.nn.sparse_softmax_cross_entropy_with_logits(labels=labels, logits=logits)
        ),
        CONFUSION_MATRIX: _count_confusions(labels, classes, int(logits.shape[-1])),
    }


def _count_confusions(
    labels: tf.Tensor, classes: tf.Tensor, num_classes: int
) -> _Metric:
    """Returns the confusion matrix so far, and the op that adds a batch to it."""
    counts = tf.get_variable(
        CONFUSION_MATRIX,
        [num_classes, num_classes],
        tf.int64,
        tf.zeros_initializer(),
        trainable=False,
        collections=[tf.GraphKeys.LOCAL_VARIABLES, tf.GraphKeys.METRIC_VARIABLES],
        use_resource=True,
    )
    of_batch = tf.math.confusion_matrix(labels, classes, num_classes, dtype=tf.int64)
    return counts.read_value(), counts.assign_add(of_batch)
