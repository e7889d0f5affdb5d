"""Initial values: numpy draws them, so that a seed means the same everywhere."""

from __future__ import annotations

import zlib
from typing import Callable, Sequence

import numpy as np
import tensorflow.compat.v1 as tf

# A numpy_function in a graph names its Python function by a token that dies with the
# function. A ModuleSpec outlives the graph that it was made from, so the draws
# (a name, a shape and a seed each) live as long as the process.
_DRAWS: list[Callable[[], np.ndarray]] = []


def initial_value(name: str, shape: Sequence[int], seed: int) -> np.ndarray:
    """Draws the publisher's initial value for a variable.

    Args:
      name: the variable's name from the architecture's name on, e.g.
        'efficientnet-b2/stem/conv2d/kernel'. Its last part tells its role.
      shape: the variable's shape.
      seed: an integer in [0, 2**32).

    Returns:
      A float32 array of that shape, the same for the same arguments on every
      platform: convolution kernels are normal with variance 2 / (kh kw out),
      depthwise kernels with 2 / (kh kw), the classifier's kernel is uniform
      within 1 / sqrt(classes), scales and variances are one, the rest is zero.
    """
    role = name.rsplit("/", 1)[-1]
    if role in ("gamma", "moving_variance"):
        return np.ones(shape, np.float32)
    if role in ("beta", "bias", "moving_mean"):
        return np.zeros(shape, np.float32)
    generator = np.random.RandomState([seed, zlib.crc32(name.encode())])
    if len(shape) == 2:
        bound = 1.0 / np.sqrt(shape[-1])
        return generator.uniform(-bound, bound, shape).astype(np.float32)
    # The last dimension of a depthwise kernel is its multiplier, 1.
    height, width, _, filters = shape
    deviation = np.sqrt(2.0 / (height * width * filters))
    return (deviation * generator.standard_normal(shape)).astype(np.float32)


def initializer(name: str, seed: int) -> Callable[..., tf.Tensor]:
    """Returns an initializer for `tf.get_variable` that gives `initial_value`.

    The values are drawn when the initializer runs, in the process that built the
    graph, and are no part of the graph, whose size they would exceed.

    Args:
      name: as of `initial_value`.
      seed: as of `initial_value`.

    Returns:
      A function `(shape, dtype, partition_info) -> tensor`.
    """

    def initialize(shape, dtype=tf.float32, partition_info=None):
        del partition_info  # The network's variables are not partitioned.

        def draw():
            return initial_value(name, shape, seed)

        _DRAWS.append(draw)
        value = tf.numpy_function(draw, [], dtype)
        value.set_shape(shape)
        return value

    return initialize
