"""Computes the L2 regularization of the kernels."""

from __future__ import annotations

from typing import Iterable

import tensorflow.compat.v1 as tf

# The publisher's weight decay for training on ImageNet.
WEIGHT_DECAY = 1e-5


def kernel_l2_losses(
    variables: Iterable[tf.Variable], weight_decay: float = WEIGHT_DECAY
) -> list[tf.Tensor]:
    """Returns `weight_decay * sum(kernel ** 2) / 2` for each kernel.

    Kernels are those of convolutions, of depthwise convolutions, and of the
    classifier. Biases and the variables of batch normalizations are not regularized.

    Args:
      variables: variables. Those that are not kernels are ignored.
      weight_decay: the factor.

    Returns:
      A list of float32 scalars that depend only on variables.
    """
    with tf.name_scope("regularization"):
        return [
            weight_decay * tf.nn.l2_loss(variable)
            for variable in variables
            # A variable has no op in eager execution.
            if is_kernel(variable.name.split(":")[0])
        ]


def is_kernel(name: str) -> bool:
    """Whether the variable of a name is a kernel."""
    return name.endswith("kernel")
