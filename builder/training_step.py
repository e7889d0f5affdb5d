"""A step of training, with exponential moving averages of the weights, if wanted.

The averages are named as the publisher's, `<variable>/ExponentialMovingAverage`.
"""

from __future__ import annotations

from typing import Callable

import tensorflow.compat.v1 as tf


def train_op(
    loss: tf.Tensor,
    make_optimizer: Callable[[tf.Tensor], tf.train.Optimizer],
    averages_decay: float,
) -> tf.Operation:
    """Updates the batch norms, then the weights and the step, then the averages.

    Args:
      loss: scalar, of a graph whose batch norms' updates are in UPDATE_OPS.
      make_optimizer: gives the optimizer by the global step, an int64 scalar.
      averages_decay: weight of the old value in an update of a weight's average, in
        [0, 1); 0 keeps no averages.

    Returns:
      The op to run.
    """
    global_step = tf.train.get_or_create_global_step()
    # Counted ahead: TensorFlow 1.15, rewriting the graph, may move what reads the
    # step after its increment to before it.
    num_updates = global_step.read_value() + 1
    update_ops = tf.get_collection(tf.GraphKeys.UPDATE_OPS)
    with tf.control_dependencies(update_ops + [num_updates]):
        trained = make_optimizer(global_step).minimize(loss, global_step)
    if not averages_decay:
        return trained
    with tf.control_dependencies([trained]):
        # By the number of updates, as the publisher's, the first averages follow the
        # weights closely: the initial values do not linger in them.
        averages = tf.train.ExponentialMovingAverage(averages_decay, num_updates)
        return averages.apply(_averaged_variables())


def restoring_scaffold(averages_decay: float) -> tf.train.Scaffold | None:
    """Returns what restores the averages in place of the weights, where kept.

    Args:
      averages_decay: as of `train_op`.
    """
    if not averages_decay:
        return None
    averages = tf.train.ExponentialMovingAverage(averages_decay)
    saver = tf.train.Saver(averages.variables_to_restore(_averaged_variables()))
    return tf.train.Scaffold(saver=saver)


def _averaged_variables() -> list[tf.Variable]:
    """Returns the weights, and the batch norms' own averages, as the publisher."""
    return tf.trainable_variables() + [
        variable
        for variable in tf.global_variables()
        if variable.op.name.endswith(("/moving_mean", "/moving_variance"))
    ]
