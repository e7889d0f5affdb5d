"""Writes the checkpoint that our module and the peers with the same weights use.

The values are random and resemble those of a trained network: scales and variances are
not one, shifts are not zero. Otherwise batch normalization would have no effect, and a
wrong folding of it would not be noticed.
"""

from __future__ import annotations

import os
import zlib

import numpy as np
import plain_network
import tensorflow.compat.v1 as tf


def write(config, prefix: str) -> None:
    """Writes a checkpoint of a network's variables.

    Args:
      config: a `NetworkConfig` with a classifier, not of a Lite variant.
      prefix: the path of the checkpoint's files without their suffixes.
    """
    os.makedirs(os.path.dirname(prefix), exist_ok=True)
    with tf.Graph().as_default(), tf.Session() as session:
        images = tf.placeholder(tf.float32, [None, None, None, 3])
        plain_network.PlainNetwork(config, training=False).build(images)
        for variable in tf.global_variables():
            value = _value(variable.op.name, variable.shape.as_list())
            variable.load(value, session)
        tf.train.Saver().save(session, prefix, write_meta_graph=False)


def _value(name, shape):
    """Returns the random value of a variable; the same in each process."""
    generator = np.random.RandomState(zlib.crc32(name.encode()))
    role = name.split("/")[-1]
    if role in ("gamma", "moving_variance"):
        return generator.uniform(0.7, 1.3, shape)
    if role in ("beta", "bias", "moving_mean"):
        return generator.normal(0.0, 0.1, shape)
    fan_in = np.prod(shape[:2] if role == "depthwise_kernel" else shape[:-1])
    return generator.normal(0.0, np.sqrt(2.0 / fan_in), shape)
