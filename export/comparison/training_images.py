"""Makes the images of a step of training from photographs."""

from __future__ import annotations

from typing import Sequence

import numpy as np


def center(image: np.ndarray) -> np.ndarray:
    """Returns a similar image whose mean is exactly one half in float32.

    The random masks of a module of this package also depend on the low bits of the mean
    of an image, see `efficientnet.masks`. Those of one half are zeros.

    Args:
      image: float32 `[height, width, 3]` in [0, 1].
    """
    levels = _choose_levels(image.size)
    shifted = image.astype(np.float64) - image.mean(dtype=np.float64) + 0.5
    values = np.clip(np.rint(shifted * levels), 0, levels).astype(np.int64).ravel()
    excess = int(values.sum()) - levels // 2 * values.size
    step = 1 if excess > 0 else -1
    while excess:
        limit = 0 if step > 0 else levels
        movable = np.flatnonzero(values != limit)[: abs(excess)]
        values[movable] -= step
        excess -= step * len(movable)
    return (values.reshape(image.shape) / levels).astype(np.float32)


def _choose_levels(size: int) -> int:
    """Returns a power of two so that each sum of values is exact in float32."""
    levels = 256
    while levels > 2 and size * levels > 2**24:
        levels //= 2
    return levels


def make_batch(images: Sequence[np.ndarray], count: int) -> np.ndarray:
    """Returns a batch for a step of training.

    Args:
      images: at least one, of the same shape.
      count: the number of images of the batch. If there are fewer, some are repeated
        as their mirror images, and then again.

    Returns:
      float32 `[count, height, width, 3]`.
    """
    repeated = []
    for index in range(count):
        image = images[index % len(images)]
        is_mirrored = index // len(images) % 2 == 1
        repeated.append(center(image[:, ::-1] if is_mirrored else image))
    return np.stack(repeated)
