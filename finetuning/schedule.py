"""The learning rate of each step."""

from __future__ import annotations

import math

import tensorflow.compat.v1 as tf


def warm_up_and_cosine(
    step: tf.Tensor, peak: float, warm_up_steps: int, steps: int
) -> tf.Tensor:
    """Rises linearly to its peak, and falls to 0 as half a cosine (arXiv 1608.03983).

    Args:
      step: int64 scalar, number of steps that were taken.
      peak: learning rate at the end of the warm-up.
      warm_up_steps: number of steps of the warm-up, at least 0.
      steps: number of all steps, larger than that.

    Returns:
      float32 scalar.
    """
    taken = tf.cast(step, tf.float32)
    rising = (taken + 1) / (warm_up_steps + 1)
    part = (taken - warm_up_steps) / (steps - warm_up_steps)
    falling = (1 + tf.cos(math.pi * tf.minimum(part, 1.0))) / 2
    return peak * tf.where(taken < warm_up_steps, rising, falling)
