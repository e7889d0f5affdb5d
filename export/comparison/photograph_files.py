"""Reads the photographs that both modules see."""

from __future__ import annotations

import os
from typing import Sequence

import numpy as np

from ... import errors
from .. import classification_inputs

# Of the package: an officer, a cat and a cup of coffee.
_BUNDLED = os.path.join("modules", "samples")
_ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


def list_files(folder: str | None) -> list[str]:
    """Returns the photographs of a folder.

    Args:
      folder: a folder, or None for the photographs of this package.

    Raises:
      errors.InputError: if it is no folder, or has no images.
    """
    if folder is None:
        return classification_inputs.expand([os.path.join(_ROOT, _BUNDLED)])
    if not os.path.isdir(folder):
        found = "a file" if os.path.lexists(folder) else "nothing at this path"
        raise errors.InputError(
            f"images must be a folder of images, found {found}: '{folder}'"
        )
    return classification_inputs.expand([folder])


def check(folder: str | None) -> None:
    """Checks that there is an image that can be read, by the headers alone.

    Raises:
      errors.InputError: if there is none.
    """
    classification_inputs.check_one_is_readable(list_files(folder))


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
