"""Batch normalization: by the batch in training, by the moving averages otherwise.

At inference it is a scale and a shift of each channel, which a convolution before it
can take over: `BatchNorm.scale_and_shift` gives both, in ops on the variables, which
stay what they are.
"""

from __future__ import annotations

import dataclasses

import tensorflow.compat.v1 as tf

from . import variables


@dataclasses.dataclass(frozen=True)
class Mode:
    """What all batch normalizations of a network share.

    Attributes:
      epsilon: added to a variance before its root is taken.
      update_rate: weight of the batch in an update of a moving average,
        `1 - momentum`, a float or a float32 scalar; None at inference.
      synchronized: whether the batch is that of all replicas of the
        `tf.distribute` strategy, as if they were one; their parts are of one size.
    """

    epsilon: float
    update_rate: float | tf.Tensor | None
    synchronized: bool = False

    @property
    def training(self) -> bool:
        """Whether to normalize by the batch's statistics."""
        return self.update_rate is not None


class BatchNorm:
    """The batch normalization of one layer.

    Variables `<name>/gamma`, `beta`, `moving_mean`, `moving_variance`, all
    `[channels]`.
    """

    def __init__(self, channels: int, mode: Mode, name: str):
        """Makes the variables.

        Args:
          channels: the layer's channels.
          mode: how to normalize.
          name: scope of the variables.
        """
        self.mode = mode
        with tf.variable_scope(name):
            self._gamma = variables.variable("gamma", [channels])
            self._beta = variables.variable("beta", [channels])
            self._moving_mean = variables.moving_average("moving_mean", [channels])
            self._moving_variance = variables.moving_average(
                "moving_variance", [channels]
            )

    def normalize(self, images: tf.Tensor) -> tf.Tensor:
        """Normalizes; in training adds the averages' updates to UPDATE_OPS.

        Args:
          images: float32 `[batch, height, width, channels]`.

        Returns:
          float32 of the shape of `images`.
        """
        training = self.mode.training
        if training and self.mode.synchronized and _replicas() > 1:
            return self._normalize_by_all_replicas(images)
        no_statistics = tf.constant([], tf.float32) if training else None
        outputs = tf.raw_ops.FusedBatchNormV3(
            x=images,
            scale=self._gamma,
            offset=self._beta,
            mean=no_statistics if training else self._moving_mean,
            variance=no_statistics if training else self._moving_variance,
            epsilon=self.mode.epsilon,
            is_training=training,
        )
        if training:
            # The op's batch variance is the unbiased one, N / (N - 1).
            self._update(self._moving_mean, outputs.batch_mean)
            self._update(self._moving_variance, outputs.batch_variance)
        return outputs.y

    def _normalize_by_all_replicas(self, images: tf.Tensor) -> tf.Tensor:
        mean, variance = _statistics_of_all_replicas(images)
        count = tf.cast(tf.size(images[..., 0]) * _replicas(), tf.float32)
        self._update(self._moving_mean, mean)
        self._update(self._moving_variance, variance * count / (count - 1.0))
        return tf.nn.batch_normalization(
            images, mean, variance, self._beta, self._gamma, self.mode.epsilon
        )

    def _update(self, average: tf.Variable, value: tf.Tensor) -> None:
        """Adds to UPDATE_OPS: average <- momentum average + (1 - momentum) value."""
        with tf.name_scope("update"):
            step = (average - value) * self.mode.update_rate
            update = average.assign_sub(step, read_value=False)
        tf.add_to_collection(tf.GraphKeys.UPDATE_OPS, update)

    def scale_and_shift(self) -> tuple[tf.Tensor, tf.Tensor]:
        """Returns float32 `[channels]` twice: inference is `scale images + shift`."""
        with tf.name_scope("fold"):
            variance = self._moving_variance + self.mode.epsilon
            scale = self._gamma * tf.math.rsqrt(variance)
            return scale, self._beta - self._moving_mean * scale


def _replicas() -> int:
    return tf.distribute.get_strategy().num_replicas_in_sync


def _statistics_of_all_replicas(images: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    """Returns mean and variance, float32 `[channels]`, of all replicas' images."""
    mean, variance = tf.nn.moments(images, [0, 1, 2])
    # The variance of the whole is the mean of the parts' variances and the variance of
    # their means: that of squares of pixels would cancel most of float32's digits.
    of_replica = tf.stack([mean, variance, tf.square(mean)])
    replica = tf.distribute.get_replica_context()
    mean, variance, mean_square = tf.unstack(
        replica.all_reduce(tf.distribute.ReduceOp.MEAN, of_replica)
    )
    return mean, variance + mean_square - tf.square(mean)
