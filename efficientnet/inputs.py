"""Normalizes RGB values in [0, 1] as the variant's weights expect.

The normalization `(255 x - offset) / scale` (see `preprocessings.Statistics`) is
computed as `(x - offset / 255) * contrast`. The subtraction is one op on the images.
The factor `contrast` is multiplied into the kernel of the first convolution.
"""

from __future__ import annotations

import numpy as np
import tensorflow.compat.v1 as tf

from . import preprocessings


def center(images: tf.Tensor, preprocessing: str) -> tf.Tensor:
    """Subtracts the mean color: `images - offset / 255`.

    Args:
      images: float32 `[batch, height, width, 3]`, RGB values in [0, 1].
      preprocessing: see `preprocessings.parse`.

    Returns:
      float32 of the same shape. Multiplied by `contrast`, it is normalized.
    """
    offset = preprocessings.parse(preprocessing).offset
    with tf.name_scope("normalize"):
        return images - tf.constant(np.array(offset) / 255.0, tf.float32)


def contrast(preprocessing: str) -> np.ndarray:
    """Returns `255 / scale`, float32 `[3]`: the factor on each centered channel."""
    scale = preprocessings.parse(preprocessing).scale
    return (255.0 / np.array(scale)).astype(np.float32)
