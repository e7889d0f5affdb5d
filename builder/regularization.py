"""L2 regularization of the kernels."""

from __future__ import annotations

from typing import Iterable

import tensorflow.compat.v1 as tf

# The publisher's weight decay for training on ImageNet.
WEIGHT_DECAY = 1e-5


def kernel_l2_losses(
    variables: Iterable[tf.Variable], weight_decay: float = WEIGHT_DECAY
) -> list[tf.Tensor]:
    """Returns `weight_decay * sum(kernel ** 2) / 2` for each kernel.

    Kernels of convolutions, depthwise ones included, and of the classifier; no
    bias and no variable of a batch normalization.

    Args:
      variables: variables, of which the kernels are picked by their names.
      weight_decay: the factor.

    Returns:
      A list of float32 scalars that depend on variables only.
    """
    with tf.name_scope("regularization"):
        return [
            weight_decay * tf.nn.l2_loss(variable)
            for variable in variables
            # In eager execution a variable has no op.
            if is_kernel(variable.name.split(":")[0])
        ]


def is_kernel(name: str) -> bool:
    """Whether a variable is a kernel: of a convolution, depthwise or not, or dense."""
    return name.endswith("kernel")
