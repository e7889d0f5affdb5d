"""The `params` of the Estimator's `model_fn`."""

from __future__ import annotations

import collections.abc
import dataclasses
import functools
from typing import Any, Callable, Mapping

import tensorflow.compat.v1 as tf

from .. import errors
from ..efficientnet import config as config_lib
from ..efficientnet import field_checks
from . import regularization

# The params that TPUEstimator adds to a user's params.
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

# The settings of rmsprop and momentum are the publisher's. Those of adam are
# TensorFlow's defaults, which are from arXiv 1412.6980.
_OPTIMIZERS = {
    "rmsprop": functools.partial(
        tf.train.RMSPropOptimizer, decay=0.9, momentum=0.9, epsilon=0.001
    ),
    "momentum": functools.partial(tf.train.MomentumOptimizer, momentum=0.9),
    "sgd": tf.train.GradientDescentOptimizer,
    "adam": tf.train.AdamOptimizer,
}

# The ranges of the params that are no fields of NetworkConfig.
_RANGES = {
    "learning_rate": dataclasses.replace(
        field_checks.NON_NEGATIVE,
        description="of at least 0, or a function of the global step",
    ),
    "weight_decay": field_checks.NON_NEGATIVE,
    "moving_average_decay": field_checks.BELOW_ONE,
    "label_smoothing": field_checks.BELOW_ONE,
}


@dataclasses.dataclass(frozen=True)
class Params:
    """The `params` of `model_fn`. None means the default.

    "The publisher's" values are those of the program that trained the published
    ImageNet weights:
    https://github.com/tensorflow/tpu/tree/master/models/official/efficientnet.

    Attributes:
      model: a variant's name, e.g. 'efficientnet-b0', or a NetworkConfig; required.
      num_classes: outputs of the classifier; by default the model's, which is 1,000
        for a variant.
      preprocessing: normalization of the images, see `preprocessings.parse`; by
        default the model's.
      dropout_rate: probability that training drops a feature before the classifier,
        in [0, 1); by default the model's, 0.2 to 0.5, larger for a larger variant.
      survival_probability: probability that training keeps the residual branch of the
        last block, in (0, 1]; 1 disables stochastic depth; by default the model's, 0.8
        for a variant.
      batch_norm_momentum: weight of the old value in an update of a batch norm's
        moving average, in [0, 1]; by default the model's, 0.99 for a variant. Use a
        smaller value for a training of a few hundred steps.
      synchronized_batch_norm: whether training normalizes by the batch of all
        replicas of a `tf.distribute` strategy, instead of by each replica's batch; by
        default the model's, False for a variant.
      seed: see `NetworkConfig`, by default the model's, 0 for a variant. RunConfig's
        `tf_random_seed` also changes the masks of dropout and stochastic depth.
      learning_rate: a number of at least 0, or a function from the global step, an
        int64 scalar tensor, to a float32 scalar tensor; by default 0.016, the
        publisher's for a batch of 256. Scale it with the batch size.
      optimizer: 'rmsprop' (decay 0.9, momentum 0.9, epsilon 0.001), 'momentum' (0.9),
        'sgd' or 'adam' (0.9, 0.999, epsilon 1e-8); by default 'rmsprop', the
        publisher's.
      weight_decay: factor on half the square of each kernel in the loss, at least 0;
        by default 1e-5, the publisher's.
      label_smoothing: part of a label's probability that is spread over all classes,
        in [0, 1); by default 0. The publisher trained with 0.1.
      moving_average_decay: decay of the exponential moving averages of the weights,
        in [0, 1); 0 keeps no averages; by default 0, because evaluation and prediction
        with averages need a checkpoint that has them. The publisher trained with
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

    def __post_init__(self) -> None:
        field_checks.check_choice("optimizer", self.optimizer, _OPTIMIZERS)
        for name, allowed in _RANGES.items():
            value = getattr(self, name)
            is_schedule = name == "learning_rate" and callable(value)
            if not is_schedule:
                field_checks.check_number(name, value, allowed)

    def network_config(self) -> config_lib.NetworkConfig:
        """Returns the model's configuration, with the params that replace its fields.

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


def parse(params: Mapping[str, Any]) -> Params:
    """Makes a `Params`.

    Args:
      params: a dict, or an HParams, of the attributes of `Params`.

    Raises:
      errors.InputError: if a name is unknown, a value is out of range, or there is no
        model.
    """
    by_name = _as_dict(params)
    known = [field.name for field in dataclasses.fields(Params)]
    for name in by_name:
        if name not in known and name not in _INJECTED_PARAMS:
            raise errors.InputError(
                f"params must have no other keys than {', '.join(known)}, found "
                f"{name!r}"
            )
    chosen = {name: by_name[name] for name in known if by_name.get(name) is not None}
    if "model" not in chosen:
        raise errors.InputError(
            "params must name the model, e.g. {'model': 'efficientnet-b0'}, "
            f"found {chosen!r}"
        )
    return Params(**chosen)


def _as_dict(params: Any) -> dict[str, Any]:
    if isinstance(params, collections.abc.Mapping):
        return dict(params)
    return dict(params.values())  # The `values()` of an HParams is a dict.
