"""Batches of photographs, read by tf.data."""

from __future__ import annotations

import tensorflow.compat.v1 as tf
import tensorflow.compat.v2 as tf2

from . import photographs as photographs_lib

NONE = "none"
CROP = "crop"
CROP_AND_FLIP = "crop-and-flip"
AUGMENTATIONS = (NONE, CROP, CROP_AND_FLIP)

# Of the publisher's program for ImageNet, but for the least area, 0.08 there: what is
# fine-tuned learns a few things that fill the photograph.
_LEAST_AREA = 0.35
_ASPECT_RATIOS = (3 / 4, 4 / 3)


def to_train_with(
    photographs: photographs_lib.Photographs,
    size: int,
    batch: int,
    augmentation: str,
    seed: int,
) -> tf.data.Dataset:
    """Returns batches without end, each epoch in another order.

    Args:
      photographs: the photographs.
      size: height and width of the images in pixels.
      batch: number of images in a batch; what is left of an epoch goes into the next.
      augmentation: 'none', 'crop' (a random part of at least a third of the area), or
        'crop-and-flip' (left for right in every other image, too).
      seed: seeds the order and the augmentation.

    Returns:
      Elements of float32 `[batch, size, size, 3]`, RGB in [0, 1], and int32 `[batch]`.
    """

    def read(path, label):
        return _augmented(_decoded(path), size, augmentation, seed), label

    return (
        _files(photographs)
        .shuffle(len(photographs.paths), seed)
        .repeat()
        .map(read, tf.data.experimental.AUTOTUNE)
        .batch(batch, drop_remainder=True)
        .prefetch(2)
    )


def to_evaluate_with(
    photographs: photographs_lib.Photographs, size: int, batch: int
) -> tf.data.Dataset:
    """Returns batches of each photograph once, resized as a whole.

    Args:
      photographs: the photographs.
      size: height and width of the images in pixels.
      batch: number of images in a batch; the last may have fewer.

    Returns:
      Elements of float32 `[batch, size, size, 3]`, RGB in [0, 1], and int32 `[batch]`.
    """

    def read(path, label):
        return _resized(_decoded(path), size), label

    return (
        _files(photographs)
        .map(read, tf.data.experimental.AUTOTUNE)
        .batch(batch)
        .prefetch(2)
    )


def find_damaged(photographs: photographs_lib.Photographs) -> str | None:
    """Returns the first file that cannot be decoded, or None."""
    with tf.Graph().as_default(), tf.Session() as session:
        path = tf.placeholder(tf.string, [])
        decoded = _decoded(path)
        for each in photographs.paths:
            try:
                session.run(decoded.op, {path: each})
            except tf.errors.InvalidArgumentError:
                return each
    return None


def _files(photographs):
    return tf.data.Dataset.from_tensor_slices(
        (
            tf.constant(list(photographs.paths), tf.string),
            tf.constant(list(photographs.labels), tf.int32),
        )
    )


def _decoded(path):
    # It decodes PNG files too, and unlike decode_image says their rank.
    return tf.io.decode_jpeg(tf.io.read_file(path), channels=3)


def _augmented(image, size, augmentation, seed):
    if augmentation != NONE:
        image = _cropped(image, seed)
    image = _resized(image, size)
    if augmentation == CROP_AND_FLIP:
        image = tf.image.random_flip_left_right(image, seed)
    return image


def _cropped(image, seed):
    begin, crop_size, _ = tf.image.sample_distorted_bounding_box(
        tf.shape(image),
        tf.zeros([1, 0, 4]),
        seed=seed,
        area_range=(_LEAST_AREA, 1.0),
        aspect_ratio_range=_ASPECT_RATIOS,
        use_image_if_no_bounding_boxes=True,
    )
    cropped = tf.slice(image, begin, crop_size)
    cropped.set_shape([None, None, 3])
    return cropped


def _resized(image, size):
    # Of TensorFlow 2, which 1.15 has too: smooth where an image becomes smaller, as
    # what classifies photographs resizes them.
    resized = tf2.image.resize(image, [size, size], "bicubic", antialias=True)
    return tf.clip_by_value(resized, 0.0, 255.0) / 255.0
