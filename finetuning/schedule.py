"""Computes the learning rate of each step."""

from __future__ import annotations

import math

import tensorflow.compat.v1 as tf


def compute_learning_rate(
    step: tf.Tensor, peak: float, warm_up_steps: int, steps: int
) -> tf.Tensor:
    """Returns a rate that rises linearly, then falls to 0 as half a cosine.

    The cosine is that of Loshchilov and Hutter, "SGDR: Stochastic Gradient Descent with
    Warm Restarts", arXiv 1608.03983, without restarts.

    Args:
      step: int64 scalar, the number of completed steps.
      peak: learning rate at the end of the warm-up.
      warm_up_steps: number of steps in which the rate rises, at least 0.
      steps: number of all steps, larger than `warm_up_steps`.

    Returns:
      float32 scalar.
    """
    completed = tf.cast(step, tf.float32)
    rising = (completed + 1) / (warm_up_steps + 1)
    fraction = (completed - warm_up_steps) / (steps - warm_up_steps)
    falling = (1 + tf.cos(math.pi * tf.minimum(fraction, 1.0))) / 2
    return peak * tf.where(completed < warm_up_steps, rising, falling)


def evaluate_learning_rate(
    step: int, peak: float, warm_up_steps: int, steps: int
) -> float:
    """Returns the value of `compute_learning_rate` for a number of steps."""
    with tf.Graph().as_default(), tf.Session() as session:
        return float(
            session.run(
                compute_learning_rate(
                    tf.constant(step, tf.int64), peak, warm_up_steps, steps
                )
            )
        )
