"""Reads photographs in batches with tf.data, as they are or changed at random."""

from __future__ import annotations

import os
from typing import Callable, Tuple

import numpy as np
import tensorflow.compat.v1 as tf
import tensorflow.compat.v2 as tf2

from ..photographs import decoding, resizing
from ..photographs import labeled as photographs_lib
from . import options

# The publisher's program for ImageNet uses these values, except the smallest area,
# which is 0.08 there: photographs for fine-tuning mostly show one large object.
_SMALLEST_AREA = 0.35
_ASPECT_RATIOS = (3 / 4, 4 / 3)

# How augmentation changes an image: the begin and the size of its crop, int32 `[3]`
# each, and whether to mirror it.
_Change = Tuple[tf.Tensor, tf.Tensor, tf.Tensor]


def read_training_batches(
    photographs: photographs_lib.Photographs,
    size: int,
    batch: int,
    augmentation: str,
    seed: int,
) -> tf.data.Dataset:
    """Returns endless batches, with a new order of the photographs in each epoch.

    Args:
      photographs: the photographs.
      size: height and width of the images in pixels.
      batch: number of images in a batch. A batch can span two epochs.
      augmentation: 'none', 'crop' (a random part of at least 35 % of the area), or
        'crop-and-flip' (which also mirrors half of the images).
      seed: seeds the order and the augmentation, an integer in [1, 2**31). The same
        seed gives the same batches.

    Returns:
      Elements of float32 `[batch, size, size, 3]`, RGB in [0, 1], and int32 `[batch]`.
    """

    @tf.autograph.experimental.do_not_convert  # It writes temporary files.
    def draw(
        image: tf.Tensor, label: tf.Tensor
    ) -> tuple[tf.Tensor, tf.Tensor, _Change]:
        return image, label, _draw_change(tf.shape(image), augmentation, seed)

    @tf.autograph.experimental.do_not_convert
    def apply(
        image: tf.Tensor, label: tf.Tensor, change: _Change
    ) -> tuple[tf.Tensor, tf.Tensor]:
        return _apply_change(image, size, change), label

    return (
        _list_files(photographs)
        .shuffle(len(photographs.paths), seed)
        .repeat()
        .map(_read_with(decoding.read_pixels, tf.uint8), tf.data.experimental.AUTOTUNE)
        # One after the other: the order of the random numbers is that of the images.
        .map(draw)
        .map(apply, tf.data.experimental.AUTOTUNE)
        .batch(batch, drop_remainder=True)
        .prefetch(2)
    )


def read_evaluation_batches(
    photographs: photographs_lib.Photographs, size: int, batch: int
) -> tf.data.Dataset:
    """Returns batches with each photograph once, in order, resized as a whole.

    Args:
      photographs: the photographs.
      size: height and width of the images in pixels.
      batch: number of images in a batch. The last batch can be smaller.

    Returns:
      Elements of float32 `[batch, size, size, 3]`, RGB in [0, 1], and int32 `[batch]`.
      A file that cannot be read raises an error of TensorFlow, see
      `decoding.find_unreadable`.
    """

    def read_resized(path: str) -> np.ndarray:
        return resizing.read_squashed(path, size, size)

    return (
        _list_files(photographs)
        .map(_read_with(read_resized, tf.float32, size), tf.data.experimental.AUTOTUNE)
        .batch(batch)
        .prefetch(2)
    )


def _list_files(photographs: photographs_lib.Photographs) -> tf.data.Dataset:
    """Returns elements of a path, a string scalar, and a label, an int32 scalar."""
    return tf.data.Dataset.from_tensor_slices(
        (
            # Not every name of a file is text in UTF-8.
            tf.constant(list(map(os.fsencode, photographs.paths)), tf.string),
            tf.constant(list(photographs.labels), tf.int32),
        )
    )


def _read_with(
    read: Callable[[str], np.ndarray], dtype: tf.DType, size: int | None = None
) -> Callable[[tf.Tensor, tf.Tensor], tuple[tf.Tensor, tf.Tensor]]:
    """Returns what reads an image, `[size, size, 3]`, for `_list_files`."""

    def read_path(path: bytes) -> np.ndarray:
        return read(os.fsdecode(path))

    @tf.autograph.experimental.do_not_convert  # TensorFlow 1.15 would convert Pillow.
    def read_element(path: tf.Tensor, label: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        image = tf.numpy_function(read_path, [path], dtype)
        image.set_shape([size, size, 3])
        return image, label

    return read_element


def _draw_change(shape: tf.Tensor, augmentation: str, seed: int) -> _Change:
    """Draws the change of an image of the given shape, int32 `[3]`."""
    begin, crop_size = tf.zeros_like(shape), shape
    if augmentation != options.NO_AUGMENTATION:
        begin, crop_size, _ = tf.image.sample_distorted_bounding_box(
            shape,
            tf.zeros([1, 0, 4]),
            seed=seed,
            area_range=(_SMALLEST_AREA, 1.0),
            aspect_ratio_range=_ASPECT_RATIOS,
            use_image_if_no_bounding_boxes=True,
        )
    mirrored = tf.constant(False)
    if augmentation == options.CROP_AND_FLIP:
        mirrored = tf.random_uniform([], seed=seed) < 0.5
    return begin, crop_size, mirrored


def _apply_change(image: tf.Tensor, size: int, change: _Change) -> tf.Tensor:
    begin, crop_size, mirrored = change
    cropped = tf.slice(image, begin, crop_size)
    cropped.set_shape([None, None, 3])
    resized = _resize(cropped, size)
    return tf.cond(mirrored, lambda: resized[:, ::-1], lambda: resized)


def _resize(image: tf.Tensor, size: int) -> tf.Tensor:
    # TensorFlow 1.15 has this function of TensorFlow 2 too. It antialiases when an
    # image becomes smaller, as `classify` does.
    resized = tf2.image.resize(image, [size, size], "bicubic", antialias=True)
    return tf.clip_by_value(resized, 0.0, 255.0) / 255.0
