"""An input pipeline of photographs: decoded and resized by tf.data."""

from __future__ import annotations

import os

import tensorflow.compat.v1 as tf


def paths() -> list[str]:
    """Returns JPEG files of packages, of about 0.3 megapixels each, as in ImageNet."""
    import matplotlib
    import sklearn

    samples = os.path.join(matplotlib.get_data_path(), "sample_data")
    others = os.path.join(os.path.dirname(sklearn.__file__), "datasets", "images")
    return [
        os.path.join(samples, "grace_hopper.jpg"),
        os.path.join(others, "china.jpg"),
        os.path.join(others, "flower.jpg"),
    ]


def batches(size: int, batch: int) -> tf.Tensor:
    """Returns the next batch of an endless pipeline in the current graph.

    Args:
      size: height and width to resize to, in pixels.
      batch: number of images.

    Returns:
      float32 `[batch, size, size, 3]`, RGB in [0, 1].
    """

    def read(path):
        image = tf.image.decode_jpeg(tf.read_file(path), channels=3)
        image = tf.image.resize(
            tf.image.convert_image_dtype(image, tf.float32), [size] * 2
        )
        return tf.ensure_shape(image, [size, size, 3])

    dataset = tf.data.Dataset.from_tensor_slices(paths()).repeat()
    dataset = dataset.map(read, num_parallel_calls=tf.data.experimental.AUTOTUNE)
    dataset = dataset.batch(batch, drop_remainder=True)
    dataset = dataset.prefetch(1)
    return tf.data.make_one_shot_iterator(dataset).get_next()
