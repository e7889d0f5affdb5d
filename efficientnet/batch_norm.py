"""Batch normalization.

Training normalizes by the statistics of the batch, inference by the moving averages. At
inference, batch normalization is a scale and a shift of each channel, which can be
folded into the convolution before it: `BatchNorm.scale_and_shift` computes both from
the variables.
"""

from __future__ import annotations

import dataclasses

import tensorflow.compat.v1 as tf

from . import variables


@dataclasses.dataclass(frozen=True)
class Mode:
    """The settings that all batch normalizations of a network share.

    Attributes:
      epsilon: added to a variance before its square root is taken.
      update_rate: weight of the batch in an update of a moving average,
        `1 - momentum`, a float or a float32 scalar; None at inference.
      synchronized: whether training normalizes by the batch of all replicas of the
        `tf.distribute` strategy. All replicas must have batches of the same size.
      update_divisor: `1 / update_rate` as a float32 scalar tensor, or 0 if the averages
        do not change (`compute_update_divisor`). Computed from the rate by default; all
        batch normalizations of a network can share it.
    """

    epsilon: float
    update_rate: float | tf.Tensor | None
    synchronized: bool = False
    update_divisor: tf.Tensor | None = None

    @property
    def training(self) -> bool:
        """Whether to normalize by the statistics of the batch."""
        return self.update_rate is not None


def compute_update_divisor(
    update_rate: float | tf.Tensor, count: tf.Tensor | int = 1
) -> tf.Tensor:
    """Computes what an update of the averages is divided by.

    Args:
      update_rate: see `Mode`.
      count: number of images in the batch, an int32 scalar.

    Returns:
      A float32 scalar: `1 / update_rate`, or 0 without images or if the rate is 0.
    """
    has_images = tf.cast(tf.minimum(count, 1), tf.float32)
    return tf.raw_ops.DivNoNan(x=has_images, y=update_rate)


class BatchNorm:
    """The batch normalization of one layer.

    Variables `<name>/gamma`, `beta`, `moving_mean`, `moving_variance`, all
    `[channels]`.
    """

    def __init__(self, channels: int, mode: Mode, name: str):
        """Creates the variables.

        Args:
          channels: the channels of the layer.
          mode: the settings.
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
        """Normalizes. In training, adds updates of the averages to UPDATE_OPS.

        Args:
          images: float32 `[batch, height, width, channels]`.

        Returns:
          float32 of the shape of `images`.
        """
        training = self.mode.training
        if training and self.mode.synchronized and _count_replicas() > 1:
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
            # The op returns the unbiased variance, with the factor N / (N - 1).
            self._update(self._moving_mean, outputs.batch_mean)
            self._update(self._moving_variance, outputs.batch_variance)
        return outputs.y

    def _normalize_by_all_replicas(self, images: tf.Tensor) -> tf.Tensor:
        mean, variance = _compute_statistics_of_all_replicas(images)
        count = tf.cast(tf.size(images[..., 0]) * _count_replicas(), tf.float32)
        self._update(self._moving_mean, mean)
        self._update(self._moving_variance, variance * count / (count - 1.0))
        return tf.nn.batch_normalization(
            images, mean, variance, self._beta, self._gamma, self.mode.epsilon
        )

    def _update(self, average: tf.Variable, value: tf.Tensor) -> None:
        """Adds the update `momentum * average + (1 - momentum) * value`.

        The statistics of a batch without images are NaN. DivNoNan returns 0 if the
        divisor is 0, whatever is divided.
        """
        with tf.name_scope("update"):
            divisor = self.mode.update_divisor
            if divisor is None:
                divisor = compute_update_divisor(self.mode.update_rate)
            step = tf.raw_ops.DivNoNan(x=average - value, y=divisor)
            update = average.assign_sub(step, read_value=False)
        tf.add_to_collection(tf.GraphKeys.UPDATE_OPS, update)

    def scale_and_shift(self) -> tuple[tf.Tensor, tf.Tensor]:
        """Returns two float32 `[channels]`: inference is `scale * images + shift`."""
        with tf.name_scope("fold"):
            variance = self._moving_variance + self.mode.epsilon
            scale = self._gamma * tf.math.rsqrt(variance)
            return scale, self._beta - self._moving_mean * scale


def _count_replicas() -> int:
    return tf.distribute.get_strategy().num_replicas_in_sync


def _compute_statistics_of_all_replicas(
    images: tf.Tensor,
) -> tuple[tf.Tensor, tf.Tensor]:
    """Returns mean and variance, float32 `[channels]`, of all replicas' images."""
    mean, variance = tf.nn.moments(images, [0, 1, 2])
    # The total variance is the mean of the replicas' variances plus the variance of
    # their means. The mean of the squares of pixels would cancel most digits.
    of_replica = tf.stack([mean, variance, tf.square(mean)])
    replica = tf.distribute.get_replica_context()
    mean, variance, mean_square = tf.unstack(
        replica.all_reduce(tf.distribute.ReduceOp.MEAN, of_replica)
    )
    return mean, variance + mean_square - tf.square(mean)
