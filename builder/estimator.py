"""The network as a `model_fn` for `tf.estimator`: train, evaluate, predict, export."""

from __future__ import annotations

import collections.abc
import dataclasses
import functools
import math
import numbers
from typing import Any, Callable

import tensorflow.compat.v1 as tf

from .. import dependencies, errors
from ..efficientnet import config as config_lib
from ..efficientnet import network
from ..signatures import names as signatures_lib
from . import regularization, training_step

# What TPUEstimator adds to a user's params.
_INJECTED_PARAMS = ("batch_size", "context", "use_tpu")

# The params that are fields of NetworkConfig, whose values they replace.
_NETWORK_PARAMS = (
    "num_classes",
    "preprocessing",
    "dropout_rate",
    "survival_probability",
    "batch_norm_momentum",
    "synchronized_batch_norm",
    "seed",
)

# Settings of rmsprop and momentum are the publisher's, those of adam its authors'
# (arXiv 1412.6980), which TensorFlow has as defaults.
_OPTIMIZERS = {
    "rmsprop": functools.partial(
        tf.train.RMSPropOptimizer, decay=0.9, momentum=0.9, epsilon=0.001
    ),
    "momentum": functools.partial(tf.train.MomentumOptimizer, momentum=0.9),
    "sgd": tf.train.GradientDescentOptimizer,
    "adam": tf.train.AdamOptimizer,
}

# By name of a param, its range in words and as a test. Comparisons with NaN are
# false, so that no range holds it.
_RANGES = {
    "learning_rate": (
        "of at least 0, or a function of the global step",
        lambda value: 0 <= value < math.inf,
    ),
    "weight_decay": ("of at least 0", lambda value: 0 <= value < math.inf),
    "moving_average_decay": ("in [0, 1)", lambda value: 0 <= value < 1),
    "label_smoothing": ("in [0, 1)", lambda value: 0 <= value < 1),
    "dropout_rate": ("in [0, 1)", lambda value: 0 <= value < 1),
    "survival_probability": ("in (0, 1]", lambda value: 0 < value <= 1),
    "batch_norm_momentum": ("in [0, 1]", lambda value: 0 <= value <= 1),
}


@dataclasses.dataclass(frozen=True)
class Params:
    """What `model_fn` takes in its `params`, by name; None stands for the default.

    "The publisher's" is said of the program that trained the published ImageNet
    weights, https://github.com/tensorflow/tpu/tree/master/models/official/efficientnet.

    Attributes:
      model: a variant's name, e.g. 'efficientnet-b0', or a NetworkConfig; required.
      num_classes: outputs of the classifier; by default the model's, which is 1,000
        for a variant.
      preprocessing: normalization of the images: 'imagenet', 'advprop' or 'lite'; by
        default the model's.
      dropout_rate: probability that training drops a feature before the classifier,
        in [0, 1); by default the model's, 0.2 to 0.5, larger for a larger variant.
      survival_probability: probability that training keeps the last block's residual
        branch, in (0, 1], where 1 switches stochastic depth off; by default the
        model's, 0.8 for a variant.
      batch_norm_momentum: weight of the old value in an update of a batch norm's
        moving average, in [0, 1]; by default the model's, 0.99 for a variant. What
        trains for a few hundred steps wants less.
      synchronized_batch_norm: whether training normalizes by the batch of all
        replicas of a `tf.distribute` strategy, instead of each by its own; by default
        the model's, False for a variant.
      seed: seeds the initial weights, an integer in [0, 2**32); by default the
        model's, 0 for a variant. RunConfig's `tf_random_seed` seeds dropout and
        stochastic depth.
      learning_rate: a number of at least 0, or a function from the global step, an
        int64 scalar tensor, to a float32 scalar tensor; by default 0.016, the
        publisher's for a batch of 256, to be scaled with the batch.
      optimizer: 'rmsprop' (decay 0.9, momentum 0.9, epsilon 0.001), 'momentum' (0.9),
        'sgd' or 'adam' (0.9, 0.999, epsilon 1e-8); by default 'rmsprop', the
        publisher's.
      weight_decay: factor on half the square of each kernel in the loss, at least 0;
        by default 1e-5, the publisher's.
      label_smoothing: part of a label's probability that is spread over all classes,
        in [0, 1); by default 0. The publisher trained with 0.1.
      moving_average_decay: decay of the exponential moving averages of the weights,
        in [0, 1), where 0 keeps none; by default 0, since with averages on, evaluation
        and prediction want a checkpoint that has them. The publisher trained with
        0.9999.
    """

    model: str | config_lib.NetworkConfig
    num_classes: int | None = None
    preprocessing: str | None = None
    dropout_rate: float | None = None
    survival_probability: float | None = None
    batch_norm_momentum: float | None = None
    synchronized_batch_norm: bool | None = None
    seed: int | None = None
    learning_rate: float | Callable[[tf.Tensor], tf.Tensor] = 0.016
    optimizer: str = "rmsprop"
    weight_decay: float = regularization.WEIGHT_DECAY
    label_smoothing: float = 0.0
    moving_average_decay: float = 0.0

    def __post_init__(self):
        if self.optimizer not in _OPTIMIZERS:
            raise errors.InputError(
                "optimizer must be one of {}, found {!r}".format(
                    ", ".join(_OPTIMIZERS), self.optimizer
                )
            )
        for name in _RANGES:
            value = getattr(self, name)
            is_schedule = name == "learning_rate" and callable(value)
            if value is not None and not is_schedule:
                _check_range(name, value)

    def network_config(self) -> config_lib.NetworkConfig:
        """Returns the model's configuration with what the params replace in it.

        Raises:
          errors.InputError: if there is no such model, it has no classifier, or a
            value is out of range.
        """
        chosen = {name: getattr(self, name) for name in _NETWORK_PARAMS}
        config = config_lib.get_config(
            self.model,
            **{name: value for name, value in chosen.items() if value is not None},
        )
        if config.num_classes is None:
            raise errors.InputError(
                "model must have a classifier, found a NetworkConfig of "
                f"{config.name} without num_classes"
            )
        return config

    def make_optimizer(self, global_step: tf.Tensor) -> tf.train.Optimizer:
        """Returns the optimizer, with the learning rate of the global step."""
        learning_rate = self.learning_rate
        if callable(learning_rate):
            learning_rate = learning_rate(global_step)
        return _OPTIMIZERS[self.optimizer](learning_rate)


def _check_range(name: str, value: Any) -> None:
    wanted, holds = _RANGES[name]
    if not isinstance(value, numbers.Real) or not holds(value):
        raise errors.InputError(f"{name} must be a number {wanted}, found {value!r}")


def model_fn(
    features: tf.Tensor | dict[str, tf.Tensor],
    labels: tf.Tensor | None,
    mode: str,
    params: collections.abc.Mapping,
) -> tf.estimator.EstimatorSpec:
    """Builds an EfficientNet for `tf.estimator.Estimator(model_fn, params=...)`.

    The network's variables have the names of the publisher's checkpoints, as have
    the moving averages of the weights, `<variable>/ExponentialMovingAverage`. Where
    these are kept, evaluation, prediction and export restore them in place of the
    weights.

    The loss is the batch's mean softmax cross entropy plus the L2 regularization of
    the kernels, in training and evaluation alike. The metrics of an evaluation are
    'accuracy' and 'top_5_accuracy', the latter by all classes where there are fewer
    than five. Predictions, and the outputs of the exported signature
    'serving_default', are 'classes', int64 `[batch]`, 'logits' and 'probabilities',
    float32 `[batch, num_classes]`, and 'feature_vector', float32
    `[batch, num_features]`.

    Args:
      features: float32 `[batch, height, width, 3]`, RGB values in [0, 1], or a dict
        with this tensor under 'images'; its other entries are left alone.
      labels: int32 or int64 `[batch]`, class ids in [0, num_classes); not looked at
        in prediction.
      mode: one of `tf.estimator.ModeKeys`.
      params: a dict, or an HParams, of what `Params` describes: 'model' is required.
        What TPUEstimator adds to it is left alone.

    Returns:
      A `tf.estimator.EstimatorSpec`.

    Raises:
      errors.InputError: if features, labels or params are not as said above. A label
        out of range is found where the graph runs: `tf.errors.InvalidArgumentError`.
      errors.DependencyError: if this TensorFlow has no `tf.estimator`.
    """
    estimator = dependencies.estimator()
    params = _parsed(params)
    config = params.network_config()
    training = mode == estimator.ModeKeys.TRAIN
    logits, endpoints = network.build_model(_images(features), config, training)
    predictions = _predictions(logits, endpoints["pooled_features"])
    spec = functools.partial(estimator.EstimatorSpec, mode, predictions=predictions)
    if mode == estimator.ModeKeys.PREDICT:
        output = estimator.export.PredictOutput(predictions)
        return spec(
            export_outputs={signatures_lib.SERVING_DEFAULT: output},
            scaffold=training_step.restoring_scaffold(params.moving_average_decay),
        )
    labels = _class_ids(labels, config.num_classes)
    loss = _loss(logits, labels, params)
    if training:
        train_op = training_step.train_op(
            loss, params.make_optimizer, params.moving_average_decay
        )
        return spec(loss=loss, train_op=train_op)
    return spec(
        loss=loss,
        eval_metric_ops=_metrics(logits, labels),
        scaffold=training_step.restoring_scaffold(params.moving_average_decay),
    )


def _parsed(params: collections.abc.Mapping) -> Params:
    is_mapping = isinstance(params, collections.abc.Mapping)
    by_name = dict(params) if is_mapping else params.values()  # HParams
    known = [field.name for field in dataclasses.fields(Params)]
    for name in by_name:
        if name not in known and name not in _INJECTED_PARAMS:
            raise errors.InputError(
                "params must have no other keys than {}, found {!r}".format(
                    ", ".join(known), name
                )
            )
    chosen = {name: by_name[name] for name in known if by_name.get(name) is not None}
    if "model" not in chosen:
        raise errors.InputError(
            "params must name the model, e.g. {'model': 'efficientnet-b0'}, "
            f"found {chosen!r}"
        )
    return Params(**chosen)


def _images(features: tf.Tensor | dict[str, tf.Tensor]) -> tf.Tensor:
    if not isinstance(features, collections.abc.Mapping):
        return features
    if signatures_lib.IMAGES not in features:
        raise errors.InputError(
            "features must be a tensor or a dict with the key "
            f"'{signatures_lib.IMAGES}', found the keys {sorted(features)}"
        )
    return features[signatures_lib.IMAGES]


def _class_ids(labels: tf.Tensor | None, num_classes: int) -> tf.Tensor:
    """Returns the labels, checked: their type and shape here, their range at run."""
    wanted = "labels must be class ids, int32 or int64 of shape [batch]"
    if labels is None or isinstance(labels, collections.abc.Mapping):
        raise errors.InputError(f"{wanted}, found {type(labels).__name__}")
    labels = tf.convert_to_tensor(labels)
    is_id = labels.dtype in (tf.int32, tf.int64)
    if not is_id or not labels.shape.is_compatible_with([None]):
        raise errors.InputError(
            f"{wanted}, found {labels.dtype.name} of shape {labels.shape}"
        )
    # Unchecked, a label out of range would be a row of zeros in the one-hot labels.
    in_range = tf.debugging.Assert(
        tf.reduce_all((labels >= 0) & (labels < num_classes)),
        ["labels must be class ids from 0 to %d, found" % (num_classes - 1), labels],
    )
    with tf.control_dependencies([in_range]):
        labels = tf.identity(labels)
    labels.set_shape([None])
    return labels


def _predictions(logits: tf.Tensor, feature_vector: tf.Tensor) -> dict[str, tf.Tensor]:
    return {
        "classes": tf.argmax(logits, axis=1),
        "probabilities": tf.nn.softmax(logits),
        "logits": logits,
        "feature_vector": feature_vector,
    }


def _loss(logits: tf.Tensor, labels: tf.Tensor, params: Params) -> tf.Tensor:
    cross_entropy = tf.losses.softmax_cross_entropy(
        tf.one_hot(labels, int(logits.shape[-1])),
        logits,
        label_smoothing=params.label_smoothing,
    )
    return tf.add_n(
        [cross_entropy]
        + regularization.kernel_l2_losses(tf.trainable_variables(), params.weight_decay)
    )


def _metrics(
    logits: tf.Tensor, labels: tf.Tensor
) -> dict[str, tuple[tf.Tensor, tf.Operation]]:
    in_top_5 = tf.nn.in_top_k(logits, labels, k=5)
    return {
        "accuracy": tf.metrics.accuracy(labels, tf.argmax(logits, axis=1)),
        "top_5_accuracy": tf.metrics.mean(tf.cast(in_top_5, tf.float32)),
    }
