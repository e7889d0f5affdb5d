"""Builds a training step, optionally with exponential moving averages of the weights.

The averages have the publisher's names, `<variable>/ExponentialMovingAverage`.
"""

from __future__ import annotations

from typing import Callable

import tensorflow.compat.v1 as tf


def train_op(
    loss: tf.Tensor,
    make_optimizer: Callable[[tf.Tensor], tf.train.Optimizer],
    averages_decay: float,
    earlier_updates: int = 0,
) -> tf.Operation:
    """Builds the op that updates the batch norms, the weights, and the averages.

    Args:
      loss: a scalar, in a graph whose UPDATE_OPS update the batch norms.
      make_optimizer: returns the optimizer for a global step, an int64 scalar.
      averages_decay: weight of the old value in an update of a weight's average, in
        [0, 1); 0 keeps no averages.
      earlier_updates: is added to the number of updates on which the decay depends, see
        `count_earlier_updates`.

    Returns:
      The op to run.
    """
    global_step = tf.train.get_or_create_global_step()
    # The step is read before the increment. The graph optimizer of TensorFlow 1.15 may
    # move a read after the increment to before it.
    num_updates = global_step.read_value() + 1
    update_ops = tf.get_collection(tf.GraphKeys.UPDATE_OPS)
    with tf.control_dependencies(update_ops + [num_updates]):
        trained = make_optimizer(global_step).minimize(loss, global_step)
    if not averages_decay:
        return trained
    with tf.control_dependencies([trained]):
        # As in the publisher's program, the decay depends on the number of updates. It
        # is small at first, so that the averages soon forget the initial values.
        averages = tf.train.ExponentialMovingAverage(
            averages_decay, num_updates + earlier_updates
        )
        return averages.apply(_get_averaged_variables())


def warm_up_decay(decay: float, num_updates: tf.Tensor) -> tf.Tensor:
    """Returns the decay of a moving average that soon forgets its initial value.

    Args:
      decay: the decay after many updates, in [0, 1].
      num_updates: number of updates so far, a scalar.

    Returns:
      `min(decay, (1 + num_updates) / (10 + num_updates))`, a float32 scalar, as in
      `tf.train.ExponentialMovingAverage`.
    """
    updates = tf.cast(num_updates, tf.float32)
    return tf.minimum(decay, (1 + updates) / (10 + updates))


def count_earlier_updates(processes: int) -> int:
    """Returns how many updates more a decay depends on in asynchronous training.

    Processes that update an average at the same time subtract from the same old value.
    Together they must not subtract more than it: the average of a variance would be
    negative. So the decay must be at least `1 - 1 / processes`.

    Args:
      processes: the number of processes that train.
    """
    return max(0, 9 * processes - 10)


def restoring_scaffold(averages_decay: float) -> tf.train.Scaffold | None:
    """Returns a scaffold that restores the averages instead of the weights.

    Args:
      averages_decay: see `train_op`.

    Returns:
      The scaffold, or None if there are no averages.
    """
    if not averages_decay:
        return None
    averages = tf.train.ExponentialMovingAverage(averages_decay)
    saver = tf.train.Saver(averages.variables_to_restore(_get_averaged_variables()))
    return tf.train.Scaffold(saver=saver)


def _get_averaged_variables() -> list[tf.Variable]:
    """Returns the weights and the moving averages of batch norms, as the publisher."""
    return tf.trainable_variables() + [
        variable
        for variable in tf.global_variables()
        if variable.op.name.endswith(("/moving_mean", "/moving_variance"))
    ]
