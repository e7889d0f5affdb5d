"""Weights that depend on their names and shapes only, and images of a seed.

Programs of other libraries fill their models with them, and tests fill files with the
same numbers: only names, shapes and the outputs of a model have to be stored. Needs
numpy alone, since each library has an environment of its own.
"""

from __future__ import annotations

import re
import zlib
from typing import Sequence

import numpy as np


def array(name: str, shape: Sequence[int]) -> np.ndarray:
    """Returns the value of a weight.

    It is noise n of the standard normal distribution, seeded by the CRC-32 of the name,
    which the role of the weight scales and moves: `1 + 0.1 n` for the scales of a batch
    normalization, `0.1 n` for shifts, means and biases, `1 + 0.5 |n|` for variances,
    and `n * sqrt(2 / inputs)` for kernels.

    Args:
      name: the name in TensorFlow, Keras or PyTorch. Its last part is the role.
      shape: the shape in the library's own order of dimensions.

    Returns:
      float32 of the shape.
    """
    shape = tuple(shape)
    generator = np.random.RandomState(zlib.crc32(name.encode()))
    noise = generator.standard_normal(shape).astype(np.float32)
    role = re.split("[/.]", name)[-1]
    if role == "gamma" or (role == "weight" and len(shape) == 1):
        value = 1 + 0.1 * noise
    elif role in ("beta", "moving_mean", "running_mean", "bias"):
        value = 0.1 * noise
    elif role in ("moving_variance", "running_var"):
        value = 1 + 0.5 * np.abs(noise)
    else:
        value = noise * np.sqrt(2 / _count_inputs(role, shape))
    return value.astype(np.float32)


def images(seed: int, batch: int, height: int, width: int) -> np.ndarray:
    """Returns random images, float32 `[batch, height, width, 3]` in [0, 1)."""
    generator = np.random.RandomState(seed)
    return generator.uniform(0, 1, [batch, height, width, 3]).astype(np.float32)


def _count_inputs(role: str, shape: Sequence[int]) -> int:
    """Returns how many numbers a kernel multiplies and adds for each of its outputs."""
    if role == "weight":  # PyTorch: (out, in, height, width), (c, 1, h, w), (out, in)
        return int(np.prod(shape[1:]))
    if role == "depthwise_kernel":  # TensorFlow: (height, width, channels, 1)
        return shape[0] * shape[1]
    return int(np.prod(shape[:-1]))  # TensorFlow: (height, width, in, out), (in, out)
