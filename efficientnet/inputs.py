"""From RGB values in [0, 1] to what the variant was trained on.

The normalization is `(255 x - offset) / scale`, computed as `(x - mean) contrast`:
one op on the images, and a factor that the first convolution's kernel takes over.
"""

from __future__ import annotations

import numpy as np
import tensorflow.compat.v1 as tf

# By each name of a preprocessing, `(offset, scale)` a channel, in [0, 255].
# 'imagenet' is the mean and deviation of ImageNet's training images; 'advprop'
# maps to [-1, 1]; all three as in the publisher's code.
_STATISTICS = {
    "imagenet": ([123.675, 116.28, 103.53], [58.395, 57.12, 57.375]),
    "advprop": ([127.5, 127.5, 127.5], [127.5, 127.5, 127.5]),
    "lite": ([127.0, 127.0, 127.0], [128.0, 128.0, 128.0]),
}


def center(images: tf.Tensor, preprocessing: str) -> tf.Tensor:
    """Takes the mean colour away: `images - offset / 255`.

    Args:
      images: float32 `[batch, height, width, 3]`, RGB values in [0, 1].
      preprocessing: 'imagenet', 'advprop' or 'lite'.

    Returns:
      float32 of the same shape; times `contrast`, it is normalized.
    """
    offset, _ = _STATISTICS[preprocessing]
    with tf.name_scope("normalize"):
        return images - tf.constant(np.array(offset) / 255.0, tf.float32)


def contrast(preprocessing: str) -> np.ndarray:
    """Returns `255 / scale`, float32 `[3]`, the factor on each centered channel."""
    _, scale = _STATISTICS[preprocessing]
    return (255.0 / np.array(scale)).astype(np.float32)
