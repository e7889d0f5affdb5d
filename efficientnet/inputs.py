"""From RGB values in [0, 1] to what the variant was trained on."""

from __future__ import annotations

import tensorflow.compat.v1 as tf

# By each name of a preprocessing, `(offset, scale)` a channel, in [0, 255].
# 'imagenet' is the mean and deviation of ImageNet's training images; 'advprop'
# maps to [-1, 1]; all three as in the publisher's code.
_STATISTICS = {
    "imagenet": ([123.675, 116.28, 103.53], [58.395, 57.12, 57.375]),
    "advprop": ([127.5, 127.5, 127.5], [127.5, 127.5, 127.5]),
    "lite": ([127.0, 127.0, 127.0], [128.0, 128.0, 128.0]),
}


def normalize(images: tf.Tensor, preprocessing: str) -> tf.Tensor:
    """Normalizes images as `(255 images - offset) / scale`.

    Args:
      images: float32 `[batch, height, width, 3]`, RGB values in [0, 1].
      preprocessing: 'imagenet', 'advprop' or 'lite'.

    Returns:
      float32 of the same shape.
    """
    offset, scale = _STATISTICS[preprocessing]
    with tf.name_scope("normalize"):
        return (255.0 * images - tf.constant(offset)) / tf.constant(scale)
