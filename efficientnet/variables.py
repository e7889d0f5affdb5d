"""Creates the variables of the network, which are resource variables."""

from __future__ import annotations

from typing import Sequence

import tensorflow.compat.v1 as tf


def variable(name: str, shape: Sequence[int]) -> tf.Variable:
    """Returns the trainable float32 variable of that name in the current scope."""
    return tf.get_variable(name, shape, tf.float32, use_resource=True)


def moving_average(name: str, shape: Sequence[int]) -> tf.Variable:
    """Returns the float32 variable for a moving average of the batches' statistics.

    With a `tf.distribute` strategy, each replica has its own copy. A checkpoint has
    their mean.
    """
    return tf.get_variable(
        name,
        shape,
        tf.float32,
        trainable=False,
        use_resource=True,
        synchronization=tf.VariableSynchronization.ON_READ,
        aggregation=tf.VariableAggregation.MEAN,
    )
