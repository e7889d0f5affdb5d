"""Resizes the pixels of photographs for a network."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np

from .. import dependencies
from . import decoding


def read_squashed(path: str, height: int, width: int) -> np.ndarray:
    """Reads an image file, and resizes it as `squash` does.

    Args:
      path: see `decoding.read`.
      height: in pixels.
      width: in pixels.

    Returns:
      float32 `[height, width, 3]` in [0, 1].

    Raises:
      errors.InputError: see `decoding.read`.
      errors.DependencyError: if Pillow is missing.
    """
    return decoding.read(path, functools.partial(squash, height=height, width=width))


def squash(image: Any, height: int, width: int) -> np.ndarray:
    """Resizes a whole photograph, which changes its aspect ratio.

    Args:
      image: a PIL image in the mode RGB, see `decoding.read`.
      height: in pixels.
      width: in pixels.

    Returns:
      float32 `[height, width, 3]` in [0, 1], resized by Pillow's bicubic filter.

    Raises:
      errors.DependencyError: if Pillow is missing.
    """
    pil_image = dependencies.optional("PIL.Image", "images", "resizing images")
    resized = image.resize((width, height), pil_image.BICUBIC)
    return np.asarray(resized, np.float32) / 255.0
