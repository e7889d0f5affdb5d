"""Reads photographs in batches with tf.data."""

from __future__ import annotations

import os
from typing import Sequence

import numpy as np
import tensorflow.compat.v1 as tf

from .. import errors
from . import decoding, resizing


def read_batches(
    paths: Sequence[str],
    labels: Sequence[int],
    resize: resizing.Resize,
    size: int,
    batch: int,
) -> tf.data.Dataset:
    """Returns batches with each photograph once, in order.

    Args:
      paths: the image files.
      labels: the index of each file's class.
      resize: changes the size of a photograph, such as `resizing.squash`.
      size: height and width of the images in pixels.
      batch: number of images in a batch. The last batch can be smaller.

    Returns:
      Elements of float32 `[batch, size, size, 3]`, RGB in [0, 1], and int32 `[batch]`.
      A file that cannot be read raises an error of TensorFlow, see `find_unreadable`.
    """

    def read_resized(path: bytes) -> np.ndarray:
        return resize(decoding.read_pixels(os.fsdecode(path)), size, size)

    @tf.autograph.experimental.do_not_convert  # TensorFlow 1.15 would convert Pillow.
    def read(path: tf.Tensor, label: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        image = tf.numpy_function(read_resized, [path], tf.float32)
        image.set_shape([size, size, 3])
        return image, label

    return (
        list_files(paths, labels)
        .map(read, tf.data.experimental.AUTOTUNE)
        .batch(batch)
        .prefetch(2)
    )


def list_files(paths: Sequence[str], labels: Sequence[int]) -> tf.data.Dataset:
    """Returns elements of a path, a string scalar, and a label, an int32 scalar."""
    return tf.data.Dataset.from_tensor_slices(
        (
            # Not every name of a file is text in UTF-8.
            tf.constant(list(map(os.fsencode, paths)), tf.string),
            tf.constant(list(labels), tf.int32),
        )
    )


def read_file(path: tf.Tensor) -> tf.Tensor:
    """Returns the pixels of an image file, uint8 `[height, width, 3]`.

    Args:
      path: a string scalar, as in `list_files`.
    """

    def read_pixels(name: bytes) -> np.ndarray:
        return decoding.read_pixels(os.fsdecode(name))

    image = tf.numpy_function(read_pixels, [path], tf.uint8)
    image.set_shape([None, None, 3])
    return image


def find_unreadable(paths: Sequence[str]) -> errors.InputError | None:
    """Returns what is wrong with the first file that cannot be read, or None."""
    for path in paths:
        try:
            decoding.read_pixels(path)
        except errors.InputError as error:
            return error
    return None
