"""Turns photographs as their EXIF orientation says, see `image_files`."""

from __future__ import annotations

import tensorflow.compat.v1 as tf

# Each orientation is a transposition, then a mirroring of rows, of columns or of both.
_FIRST_TRANSPOSED = 5
_LEFT_TO_RIGHT = (2, 3, 6, 7)
_UPSIDE_DOWN = (3, 4, 7, 8)


def turn_upright(image: tf.Tensor, orientation: tf.Tensor) -> tf.Tensor:
    """Returns an image as viewers show it.

    Args:
      image: `[height, width, 3]`, as it is stored.
      orientation: int32 scalar in [1, 8], the EXIF orientation.

    Returns:
      `[height, width, 3]`, with the dtype of `image`.
    """
    turned = tf.cond(
        orientation >= _FIRST_TRANSPOSED,
        lambda: tf.transpose(image, [1, 0, 2]),
        lambda: image,
    )
    turned = _flip_if_in(turned, orientation, _LEFT_TO_RIGHT, axis=1)
    turned = _flip_if_in(turned, orientation, _UPSIDE_DOWN, axis=0)
    turned.set_shape([None, None, 3])
    return turned


def _flip_if_in(
    image: tf.Tensor, orientation: tf.Tensor, orientations: tuple[int, ...], axis: int
) -> tf.Tensor:
    flips = tf.reduce_any(tf.equal(orientation, orientations))
    return tf.cond(flips, lambda: tf.reverse(image, [axis]), lambda: image)
