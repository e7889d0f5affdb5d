"""Resizes the pixels of photographs for a network."""

from __future__ import annotations

import numpy as np

from .. import dependencies


def squash(pixels: np.ndarray, height: int, width: int) -> np.ndarray:
    """Resizes a whole photograph, which changes its aspect ratio.

    Args:
      pixels: uint8 `[any, any, 3]`, see `decoding.read_pixels`.
      height: in pixels.
      width: in pixels.

    Returns:
      float32 `[height, width, 3]` in [0, 1], resized by Pillow's bicubic filter.

    Raises:
      errors.DependencyError: if Pillow is missing.
    """
    pil_image = dependencies.optional("PIL.Image", "images", "resizing images")
    image = pil_image.fromarray(pixels).resize((width, height), pil_image.BICUBIC)
    return np.asarray(image, np.float32) / 255.0
