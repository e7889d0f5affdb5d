"""The interpolations of `tf.image` in TensorFlow 1, with which the publisher measured.

They have no antialiasing and do not center pixels, and the parameter of the cubic is
-0.75: `tf.image.resize` of TensorFlow 2 and PIL differ. Written in numpy, they run in
threads beside the network's session.
"""

from __future__ import annotations

from typing import Callable, Sequence

import numpy as np

# Of the cubic.
_PARAMETER = -0.75
# The op looks the cubic's coefficients up at multiples of 1 / 1024.
_STEPS = 1024

# Takes how far positions are after a pixel, in [0, 1), and returns the weights of that
# pixel and others, by their distance to that pixel.
_Weigh = Callable[[np.ndarray], Sequence["tuple[int, np.ndarray]"]]


def resize_bicubic(pixels: np.ndarray, height: int, width: int) -> np.ndarray:
    """Resizes an image as `tf.compat.v1.image.resize_bicubic` does.

    Args:
      pixels: `[rows, columns, channels]`.
      height: rows of the result.
      width: columns of the result.

    Returns:
      float32 `[height, width, channels]`. The values overshoot at edges.
    """
    return _resize(pixels, height, width, _weigh_cubic)


def resize_bilinear(pixels: np.ndarray, height: int, width: int) -> np.ndarray:
    """Resizes an image as `tf.compat.v1.image.resize_bilinear` does.

    Args:
      pixels: `[rows, columns, channels]`.
      height: rows of the result.
      width: columns of the result.

    Returns:
      float32 `[height, width, channels]`.
    """
    return _resize(pixels, height, width, _weigh_linear)


def _resize(pixels: np.ndarray, height: int, width: int, weigh: _Weigh) -> np.ndarray:
    image = pixels.astype(np.float32)
    # First the rows: they are copied as a whole, and there are fewer afterwards.
    return _resize_axis(_resize_axis(image, height, 0, weigh), width, 1, weigh)


def _resize_axis(image: np.ndarray, size: int, axis: int, weigh: _Weigh) -> np.ndarray:
    length = image.shape[axis]
    positions = np.arange(size, dtype=np.float32) * np.float32(length / size)
    first = np.floor(positions).astype(np.int64)
    shape = [1, 1, 1]
    shape[axis] = size
    result = np.zeros([], np.float32)
    for distance, weights in weigh(positions - first):
        taken = image.take(np.clip(first + distance, 0, length - 1), axis=axis)
        result = result + taken * weights.astype(np.float32).reshape(shape)
    return result


def _weigh_linear(offsets: np.ndarray) -> list[tuple[int, np.ndarray]]:
    return [(0, 1 - offsets), (1, offsets)]


def _weigh_cubic(offsets: np.ndarray) -> list[tuple[int, np.ndarray]]:
    x = np.rint(offsets * _STEPS) / _STEPS
    return [(-1, _outer(1 + x)), (0, _inner(x)), (1, _inner(1 - x)), (2, _outer(2 - x))]


def _inner(x: np.ndarray) -> np.ndarray:
    return ((_PARAMETER + 2) * x - (_PARAMETER + 3)) * x * x + 1


def _outer(x: np.ndarray) -> np.ndarray:
    return _PARAMETER * (((x - 5) * x + 8) * x - 4)
