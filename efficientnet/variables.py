"""The network's variables: resource variables under the publisher's names."""

from __future__ import annotations

from typing import Sequence

import tensorflow.compat.v1 as tf


def variable(name: str, shape: Sequence[int]) -> tf.Variable:
    """Returns the trainable float32 variable of a name in the current scope."""
    return tf.get_variable(name, shape, tf.float32, use_resource=True)


def moving_average(name: str, shape: Sequence[int]) -> tf.Variable:
    """Returns the float32 variable of a name that the batches' statistics move.

    Under a `tf.distribute` strategy each replica moves one of its own; what is saved
    is their mean.
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
