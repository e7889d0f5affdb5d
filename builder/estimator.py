"""The network as a `model_fn` for `tf.estimator`: train, evaluate, predict, export."""

from __future__ import annotations

import collections.abc
import functools
from typing import Any, Mapping

import tensorflow.compat.v1 as tf

from .. import dependencies, errors
from ..efficientnet import endpoints as endpoints_lib
from ..efficientnet import network
from ..signatures import names as signatures_lib
from . import estimator_params, regularization, training_step


def model_fn(
    features: tf.Tensor | dict[str, tf.Tensor],
    labels: tf.Tensor | None,
    mode: str,
    params: Mapping[str, Any],
) -> tf.estimator.EstimatorSpec:
    """Builds an EfficientNet for `tf.estimator.Estimator(model_fn, params=...)`.

    The variables of the network have the names of the publisher's checkpoints. The
    moving average of a weight has its name with `/ExponentialMovingAverage`. If
    `moving_average_decay` is not 0, evaluation, prediction and export restore the
    averages instead of the weights.

    The loss is the mean softmax cross entropy of the batch plus the L2 regularization
    of the kernels, both in training and in evaluation. The metrics of an evaluation are
    'accuracy' and 'top_5_accuracy'. With fewer than five classes, 'top_5_accuracy' is
    computed from all classes. Predictions, and the outputs of the exported signature
    'serving_default', are 'classes', int64 `[batch]`, 'logits' and 'probabilities',
    float32 `[batch, num_classes]`, and 'feature_vector', float32
    `[batch, num_features]`.

    Args:
      features: float32 `[batch, height, width, 3]`, RGB values in [0, 1], or a dict
        with this tensor under 'images'. Other entries of the dict are ignored.
      labels: int32 or int64 `[batch]`, class ids in [0, num_classes); ignored in
        prediction.
      mode: one of `tf.estimator.ModeKeys`.
      params: a dict, or an HParams, of the attributes of `estimator_params.Params`:
        'model' is required. The params that TPUEstimator adds are ignored.

    Returns:
      A `tf.estimator.EstimatorSpec`.

    Raises:
      errors.InputError: if features, labels or params are not as described above. A
        label out of range is found when the graph runs:
        `tf.errors.InvalidArgumentError`.
      errors.DependencyError: if this TensorFlow has no `tf.estimator`.
    """
    estimator = dependencies.estimator()
    parsed = estimator_params.parse(params)
    config = parsed.network_config()
    training = mode == estimator.ModeKeys.TRAIN
    logits, endpoints = network.build_model(_get_images(features), config, training)
    predictions = _predict(logits, endpoints[endpoints_lib.POOLED_FEATURES])
    make_spec = functools.partial(
        estimator.EstimatorSpec, mode, predictions=predictions
    )
    if mode == estimator.ModeKeys.PREDICT:
        output = estimator.export.PredictOutput(predictions)
        return make_spec(
            export_outputs={signatures_lib.SERVING_DEFAULT: output},
            scaffold=training_step.restoring_scaffold(parsed.moving_average_decay),
        )
    class_ids = _check_labels(labels, logits)
    loss = _compute_loss(logits, class_ids, parsed)
    if training:
        train_op = training_step.train_op(
            loss, parsed.make_optimizer, parsed.moving_average_decay
        )
        return make_spec(loss=loss, train_op=train_op)
    return make_spec(
        loss=loss,
        eval_metric_ops=_compute_metrics(logits, class_ids),
        scaffold=training_step.restoring_scaffold(parsed.moving_average_decay),
    )


def _get_images(features: tf.Tensor | dict[str, tf.Tensor]) -> tf.Tensor:
    if not isinstance(features, collections.abc.Mapping):
        return features
    if signatures_lib.IMAGES not in features:
        raise errors.InputError(
            "features must be a tensor or a dict with the key "
            f"'{signatures_lib.IMAGES}', found the keys {sorted(features)}"
        )
    return features[signatures_lib.IMAGES]


def _check_labels(labels: tf.Tensor | None, logits: tf.Tensor) -> tf.Tensor:
    """Checks the type and shape of labels, and their range when the graph runs.

    Returns:
      The labels, int32 or int64 `[batch]`.
    """
    wanted = "labels must be class ids, int32 or int64 of shape [batch]"
    if labels is None or isinstance(labels, collections.abc.Mapping):
        raise errors.InputError(f"{wanted}, found {type(labels).__name__}")
    labels = tf.convert_to_tensor(labels)
    is_id = labels.dtype in (tf.int32, tf.int64)
    if not is_id or not labels.shape.is_compatible_with([None]):
        raise errors.InputError(
            f"{wanted}, found {labels.dtype.name} of shape {labels.shape}"
        )
    num_classes = int(logits.shape[-1])
    # Without this check, the one-hot label of a class id out of range is all zeros.
    in_range = tf.debugging.Assert(
        tf.reduce_all((labels >= 0) & (labels < num_classes)),
        [f"labels must be class ids from 0 to {num_classes - 1}, found", labels],
    )
    with tf.control_dependencies([in_range]):
        labels = tf.identity(labels)
    labels.set_shape([None])
    return labels


def _predict(logits: tf.Tensor, feature_vector: tf.Tensor) -> dict[str, tf.Tensor]:
    return {
        "classes": tf.argmax(logits, axis=1),
        "probabilities": tf.nn.softmax(logits),
        "logits": logits,
        "feature_vector": feature_vector,
    }


def _compute_loss(
    logits: tf.Tensor, labels: tf.Tensor, params: estimator_params.Params
) -> tf.Tensor:
    cross_entropy = tf.losses.softmax_cross_entropy(
        tf.one_hot(labels, int(logits.shape[-1])),
        logits,
        label_smoothing=params.label_smoothing,
    )
    return tf.add_n(
        [cross_entropy]
        + regularization.kernel_l2_losses(tf.trainable_variables(), params.weight_decay)
    )


def _compute_metrics(
    logits: tf.Tensor, labels: tf.Tensor
) -> dict[str, tuple[tf.Tensor, tf.Operation]]:
    in_top_5 = tf.nn.in_top_k(logits, labels, k=5)
    return {
        "accuracy": tf.metrics.accuracy(labels, tf.argmax(logits, axis=1)),
        "top_5_accuracy": tf.metrics.mean(tf.cast(in_top_5, tf.float32)),
    }
