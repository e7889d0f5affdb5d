"""Writes arrays as a TensorFlow checkpoint."""

from __future__ import annotations

import errno
from typing import Mapping

import numpy as np
import tensorflow.compat.v1 as tf

from .... import errors


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
            raise errors.find_cause(error, prefix) or OSError(
                errno.EIO, errors.first_line(error), prefix
            ) from error
