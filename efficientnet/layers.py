"""The layers of the network: a function for each.

Images are float32 `[batch, height, width, channels]`, feature vectors float32
`[batch, channels]`. Variables have the names of the publisher's checkpoints, in the
current variable scope.

The ops match the patterns that TensorFlow's graph optimizer replaces by fast oneDNN
kernels: a convolution, the bias or batch normalization after it, and `x * sigmoid(x)`
become one op (see docs/performance.md).
"""

from __future__ import annotations

import tensorflow.compat.v1 as tf

from . import batch_norm, masks, variables
from . import config as config_lib


def conv2d_kernel(
    in_channels: int, filters: int, kernel_size: int = 1, name: str = "conv2d"
) -> tf.Variable:
    """Returns `<name>/kernel`, `[kernel_size, kernel_size, in_channels, filters]`."""
    shape = [kernel_size, kernel_size, in_channels, filters]
    return variables.variable(name + "/kernel", shape)


def depthwise_kernel(channels: int, kernel_size: int) -> tf.Variable:
    """Returns `depthwise_conv2d/depthwise_kernel`, `[size, size, channels, 1]`."""
    shape = [kernel_size, kernel_size, channels, 1]
    return variables.variable("depthwise_conv2d/depthwise_kernel", shape)


def normalized_conv2d(
    images: tf.Tensor,
    kernel: tf.Tensor,
    norm: batch_norm.BatchNorm,
    pixels: int,
    stride: int = 1,
    padding: str = config_lib.SAME,
) -> tf.Tensor:
    """Applies a convolution, and its batch normalization.

    At inference, the scale of the normalization is multiplied into the kernel if the
    outputs have more pixels than the kernel has weights per filter. The product is
    computed in each run, because the kernel is a variable.

    Args:
      images: float32 `[batch, height, width, in_channels]`.
      kernel: float32 `[kernel_height, kernel_width, in_channels, filters]`.
      norm: the batch normalization of `filters` channels.
      pixels: height times width of the outputs for images of the expected size.
      stride: distance between outputs, in pixels.
      padding: one of `config.PADDINGS`.

    Returns:
      float32 `[batch, ceil(height / stride), ceil(width / stride), filters]`.
    """
    if norm.mode.training or pixels <= kernel.shape[:3].num_elements():
        return norm.normalize(_conv2d(images, kernel, stride, padding))
    scale, shift = norm.scale_and_shift()
    return tf.nn.bias_add(_conv2d(images, kernel * scale, stride, padding), shift)


def normalized_depthwise_conv2d(
    images: tf.Tensor,
    kernel: tf.Tensor,
    norm: batch_norm.BatchNorm,
    pixels: int,
    stride: int = 1,
    padding: str = config_lib.SAME,
) -> tf.Tensor:
    """Applies a depthwise convolution, and its batch normalization.

    Args:
      images: float32 `[batch, height, width, channels]`.
      kernel: float32 `[kernel_height, kernel_width, channels, 1]`.
      norm: see `normalized_conv2d`.
      pixels: see `normalized_conv2d`.
      stride: see `normalized_conv2d`.
      padding: see `normalized_conv2d`.

    Returns:
      float32 `[batch, ceil(height / stride), ceil(width / stride), channels]`.
    """
    if norm.mode.training or pixels <= kernel.shape[:2].num_elements():
        return norm.normalize(_depthwise_conv2d(images, kernel, stride, padding))
    scale, shift = norm.scale_and_shift()
    kernel = kernel * tf.expand_dims(scale, 1)
    return tf.nn.bias_add(_depthwise_conv2d(images, kernel, stride, padding), shift)


def _conv2d(
    images: tf.Tensor, kernel: tf.Tensor, stride: int, padding: str
) -> tf.Tensor:
    images, op_padding = _pad(images, kernel, stride, padding)
    return tf.nn.conv2d(
        images, kernel, strides=[1, stride, stride, 1], padding=op_padding
    )


def _depthwise_conv2d(
    images: tf.Tensor, kernel: tf.Tensor, stride: int, padding: str
) -> tf.Tensor:
    images, op_padding = _pad(images, kernel, stride, padding)
    return tf.nn.depthwise_conv2d_native(
        images, kernel, strides=[1, stride, stride, 1], padding=op_padding
    )


def _pad(
    images: tf.Tensor, kernel: tf.Tensor, stride: int, padding: str
) -> tuple[tf.Tensor, str]:
    """Returns images with the zeros that the op does not add, and the op's padding.

    With a stride of 1, SAME is symmetric for kernels of odd size. The ops of
    TensorFlow 1.13 to 2.3 have no explicit padding for depthwise convolutions.
    """
    if padding == config_lib.SAME or stride == 1:
        return images, "SAME"
    height, width = (size // 2 for size in kernel.shape.as_list()[:2])
    with tf.name_scope("pad"):
        pads = [[0, 0], [height, height], [width, width], [0, 0]]
        return tf.pad(images, pads), "VALID"


def swish(inputs: tf.Tensor) -> tf.Tensor:
    """Applies `x * sigmoid(x)`.

    `tf.nn.swish` is not used: its gradient is a Python function, which is not exported
    with the graph.
    """
    with tf.name_scope("swish"):
        return inputs * tf.sigmoid(inputs)


def activation(images: tf.Tensor, config: config_lib.NetworkConfig) -> tf.Tensor:
    """Applies swish, or relu6 for a Lite variant."""
    return tf.nn.relu6(images) if config.lite else swish(images)


def squeeze_excite(images: tf.Tensor, squeeze_filters: int) -> tf.Tensor:
    """Multiplies each channel by a gate in (0, 1), computed from all channels' means.

    arXiv 1709.01507. Variables `se/conv2d/*` and `se/conv2d_1/*` of two convolutions
    over a single pixel, which are computed as matrix products.
    """
    channels = images.shape[-1]
    with tf.variable_scope("se"):
        squeezed = tf.reduce_mean(images, [1, 2])
        squeezed = swish(_pointwise(squeezed, squeeze_filters, "conv2d"))
        gate = tf.sigmoid(_pointwise(squeezed, channels, "conv2d_1"))
        # The small factor comes first, both in position and in the order of names, by
        # which the graph optimizer sorts factors. TensorFlow multiplies about twice as
        # fast in this order.
        #
        # Not gate[:, tf.newaxis, tf.newaxis, :], which TensorFlow 1 cannot convert to
        # TensorFlow Lite.
        return tf.expand_dims(tf.expand_dims(gate, 1), 1) * images


def _pointwise(features: tf.Tensor, filters: int, name: str) -> tf.Tensor:
    """Applies a convolution to a single pixel: `<name>/kernel`, `<name>/bias`."""
    kernel = conv2d_kernel(features.shape[-1], filters, name=name)
    bias = variables.variable(name + "/bias", [filters])
    return tf.nn.bias_add(tf.matmul(features, tf.squeeze(kernel, [0, 1])), bias)


def dropout(
    features: tf.Tensor,
    rate: float,
    seed: int = 0,
    offset: tf.Tensor | float = 0.0,
) -> tf.Tensor:
    """Sets each feature to 0 with probability `rate`, and scales up the others.

    `seed` and `offset` are those of `masks.draw_mask`.
    """
    with tf.name_scope("dropout"):
        return _keep(features, 1.0 - rate, tf.shape(features), seed, offset)


def stochastic_depth(
    images: tf.Tensor,
    survival_probability: float,
    seed: int = 0,
    offset: tf.Tensor | float = 0.0,
) -> tf.Tensor:
    """Sets random whole examples to 0, and scales up the others. arXiv 1603.09382.

    `seed` and `offset` are those of `masks.draw_mask`.
    """
    with tf.name_scope("stochastic_depth"):
        shape = tf.stack([tf.shape(images)[0], 1, 1, 1])
        return _keep(images, survival_probability, shape, seed, offset)


def _keep(
    inputs: tf.Tensor,
    probability: float,
    mask_shape: tf.Tensor,
    seed: int,
    offset: tf.Tensor | float,
) -> tf.Tensor:
    """Applies a random mask, and scales up what it keeps."""
    mask = masks.draw_mask(mask_shape, probability, seed, offset)
    return mask / probability * inputs


def dense(features: tf.Tensor, units: int) -> tf.Tensor:
    """Maps `[batch, inputs]` to `[batch, units]`: `dense/kernel`, `dense/bias`."""
    with tf.variable_scope("dense"):
        kernel = variables.variable("kernel", [features.shape[-1], units])
        bias = variables.variable("bias", [units])
        return tf.nn.bias_add(tf.matmul(features, kernel), bias)
