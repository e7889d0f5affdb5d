"""Writes arrays as a TensorFlow checkpoint."""

from __future__ import annotations

from typing import Mapping

import numpy as np
import tensorflow.compat.v1 as tf


def write(prefix: str, variables: Mapping[str, np.ndarray]) -> None:
    """Writes a checkpoint in one shard, with its entries sorted by name.

    Args:
      prefix: the path of its files without their endings.
      variables: value of each variable by its name. TensorFlow reads an array in place
        if it is contiguous and starts at a multiple of 64 bytes, and copies it
        otherwise.

    Raises:
      OSError: if the files cannot be written.
    """
    names = sorted(variables)
    with tf.Graph().as_default(), tf.Session() as session:
        values = [tf.placeholder(variables[name].dtype) for name in names]
        save = tf.raw_ops.SaveV2(
            prefix=prefix,
            tensor_names=names,
            shape_and_slices=[""] * len(names),
            tensors=values,
        )
        try:
            session.run(save, {v: variables[name] for v, name in zip(values, names)})
        except tf.errors.OpError as error:
            raise OSError(f"'{prefix}' cannot be written: is the disk full?") from error
