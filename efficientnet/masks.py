"""Random masks for dropout and stochastic depth.

A graph that is exported keeps the seeds of its random ops: a program that imports it
cannot change them, and without seeds it could not repeat a training. So each op has a
seed of its own, and returns the same numbers in each session. The mask also depends on
the images. Otherwise the replicas of a training, and a training that resumes in a new
session, would apply the same masks again.
"""

from __future__ import annotations

import hashlib
from typing import Sequence

import tensorflow.compat.v1 as tf

# The low bits of the mean of an image, which differ between any two photographs.
_BITS = 16


def compute_offset(images: tf.Tensor) -> tf.Tensor:
    """Computes a number from a batch of images, which shifts its random numbers.

    Args:
      images: float32 `[batch, height, width, channels]`.

    Returns:
      A float32 scalar in [0, 1). It is the same for the same images.
    """
    with tf.name_scope("offset"):
        bits = tf.bitcast(tf.reduce_mean(images, [1, 2, 3]), tf.int32)
        low_bits = tf.bitwise.bitwise_and(bits, 2**_BITS - 1)
        total = tf.reduce_sum(tf.cast(low_bits, tf.float32) / 2**_BITS)
        return total - tf.floor(total)


def draw_mask(
    shape: tf.Tensor | Sequence[int],
    probability: float,
    seed: int = 0,
    offset: tf.Tensor | float = 0.0,
) -> tf.Tensor:
    """Draws a mask of zeros and ones, in ops that TensorFlow 1.13 knows.

    `tf.nn.dropout` of a recent TensorFlow adds the op SelectV2, which 1.13 does not
    know.

    Args:
      shape: shape of the mask.
      probability: the probability of a one, in [0, 1].
      seed: seeds the numbers, together with the name scope and the seed of the graph.
      offset: a number that shifts the uniform numbers, in [0, 1).

    Returns:
      float32 of that shape.
    """
    with tf.name_scope("mask") as scope:
        numbers = offset + tf.raw_ops.RandomUniform(
            shape=shape,
            dtype=tf.float32,
            seed=_get_graph_seed(),
            seed2=compute_op_seed(scope, seed),
        )
        # 1 where the fraction of a number is at least 1 - probability.
        return tf.floor(numbers + probability) - tf.floor(numbers)


def compute_op_seed(name: str, seed: int) -> int:
    """Returns the seed of the random op of a name, an integer in [1, 2**31).

    Args:
      name: the name scope of the op.
      seed: an integer; another one gives other seeds.
    """
    digest = hashlib.sha256(f"{seed}:{name}".encode()).digest()
    # The seeds 0 and 0 would mean that the op is seeded at random.
    return int.from_bytes(digest[:4], "big") % (2**31 - 1) + 1


def _get_graph_seed() -> int:
    """Returns what the program set by `tf.set_random_seed`, or 0."""
    if tf.get_default_graph().seed is None:
        return 0
    graph_seed, _ = tf.get_seed(1)
    return graph_seed
