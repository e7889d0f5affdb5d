"""Draws initial values with numpy, which gives the same values on every platform."""

from __future__ import annotations

import zlib
from typing import Any, Callable, Sequence

import numpy as np
import tensorflow.compat.v1 as tf

_PART = 2**20  # The number of values that are drawn at once.

# A numpy_function op refers to its Python function, which TensorFlow deletes together
# with the graph. A ModuleSpec is used after its graph is deleted, so this list keeps
# the functions (a name, a shape and a seed each) until the process ends.
_DRAWS: list[Callable[[], np.ndarray]] = []


def initial_value(name: str, shape: Sequence[int], seed: int) -> np.ndarray:
    """Draws the publisher's initial value for a variable.

    Args:
      name: the variable's name starting with the architecture's name, e.g.
        'efficientnet-b2/stem/conv2d/kernel'. The role of the variable is its last part.
      shape: the variable's shape.
      seed: an integer in [0, 2**32).

    Returns:
      A float32 array of that shape, the same for the same arguments on every
      platform. Convolution kernels are normal with variance 2 / (kh kw out),
      depthwise kernels with 2 / (kh kw). The classifier's kernel is uniform within
      1 / sqrt(classes). Scales and variances are 1, all other variables 0.
    """
    role = name.rsplit("/", 1)[-1]
    if role in ("gamma", "moving_variance"):
        return np.ones(shape, np.float32)
    if role in ("beta", "bias", "moving_mean"):
        return np.zeros(shape, np.float32)
    generator = np.random.RandomState([seed, zlib.crc32(name.encode())])
    if len(shape) == 2:
        bound = 1.0 / np.sqrt(shape[-1])
        return _fill(shape, lambda count: generator.uniform(-bound, bound, count))
    # The last dimension of a depthwise kernel is its multiplier, 1.
    height, width, _, filters = shape
    deviation = np.sqrt(2.0 / (height * width * filters))
    return _fill(shape, lambda count: deviation * generator.standard_normal(count))


def _fill(shape: Sequence[int], draw: Callable[[int], np.ndarray]) -> np.ndarray:
    """Returns a float32 array of values that are drawn as float64, part by part.

    The generator draws one value after the other, so that the parts change none. All
    values of a large classifier would take three times its memory.

    Args:
      shape: the shape of the array.
      draw: returns the next values, as many as it is asked for.
    """
    values = np.empty(shape, np.float32)
    flat = values.reshape(-1)
    for start in range(0, flat.size, _PART):
        part = flat[start : start + _PART]
        part[...] = draw(part.size)
    return values


def initializer(name: str, seed: int) -> Callable[..., tf.Tensor]:
    """Returns an initializer for `tf.get_variable` that returns `initial_value`.

    The values are drawn when the initializer runs, in the process that built the
    graph. They are not constants of the graph, which would exceed the size limit.

    Args:
      name: see `initial_value`.
      seed: see `initial_value`.

    Returns:
      A function `(shape, dtype, partition_info) -> tensor`.
    """

    def initialize(
        shape: Sequence[int], dtype: Any = tf.float32, partition_info: Any = None
    ) -> tf.Tensor:
        del partition_info  # The variables of the network are not partitioned.

        def draw() -> np.ndarray:
            return initial_value(name, shape, seed)

        _DRAWS.append(draw)
        value = tf.numpy_function(draw, [], dtype)
        value.set_shape(shape)
        return value

    return initialize
