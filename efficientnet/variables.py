"""The network's variables: resource variables under the publisher's names."""

from __future__ import annotations

from typing import Sequence

import tensorflow.compat.v1 as tf


def variable(name: str, shape: Sequence[int], trainable: bool = True) -> tf.Variable:
    """Returns the float32 variable of a name in the current variable scope."""
    return tf.get_variable(
        name, shape, tf.float32, trainable=trainable, use_resource=True
    )
