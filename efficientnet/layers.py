"""The layers: each one small function that names its variables.

Images are float32 `[batch, height, width, channels]`, feature vectors float32
`[batch, channels]`. Variables are those of the publisher's checkpoints, in the
current variable scope.

How things are written here is what the fast kernels of TensorFlow want: its graph
optimizer makes one op of a convolution, the bias or batch normalization behind it,
and `x sigmoid(x)`, where the oneDNN kernels are (docs/performance.md).
"""

from __future__ import annotations

import tensorflow.compat.v1 as tf

from . import batch_norm, variables
from . import config as config_lib


def conv2d_kernel(
    in_channels: int, filters: int, kernel_size: int = 1, name: str = "conv2d"
) -> tf.Variable:
    """Variable `<name>/kernel`, `[kernel_size, kernel_size, in_channels, filters]`."""
    shape = [kernel_size, kernel_size, in_channels, filters]
    return variables.variable(name + "/kernel", shape)


def depthwise_kernel(channels: int, kernel_size: int) -> tf.Variable:
    """Variable `depthwise_conv2d/depthwise_kernel`, `[size, size, channels, 1]`."""
    shape = [kernel_size, kernel_size, channels, 1]
    return variables.variable("depthwise_conv2d/depthwise_kernel", shape)


def normalized_conv2d(
    images: tf.Tensor,
    kernel: tf.Tensor,
    norm: batch_norm.BatchNorm,
    pixels: int,
    stride: int = 1,
) -> tf.Tensor:
    """Convolution with SAME padding, and its batch normalization.

    At inference the normalization's scale goes into the kernel wherever the outputs
    outweigh the kernel: this is done anew in each run, since the kernel is variable.

    Args:
      images: float32 `[batch, height, width, in_channels]`.
      kernel: float32 `[kernel_height, kernel_width, in_channels, filters]`.
      norm: the batch normalization of `filters` channels.
      pixels: height times width of the outputs at the expected image size.
      stride: step from output to output, in pixels.

    Returns:
      float32 `[batch, ceil(height / stride), ceil(width / stride), filters]`.
    """
    if norm.mode.training or pixels <= kernel.shape[:3].num_elements():
        return norm.normalize(_conv2d(images, kernel, stride))
    scale, shift = norm.scale_and_shift()
    return tf.nn.bias_add(_conv2d(images, kernel * scale, stride), shift)


def normalized_depthwise_conv2d(
    images: tf.Tensor,
    kernel: tf.Tensor,
    norm: batch_norm.BatchNorm,
    pixels: int,
    stride: int = 1,
) -> tf.Tensor:
    """Depthwise convolution with SAME padding, and its batch normalization.

    Args:
      images: float32 `[batch, height, width, channels]`.
      kernel: float32 `[kernel_height, kernel_width, channels, 1]`.
      norm: as of `normalized_conv2d`.
      pixels: as of `normalized_conv2d`.
      stride: as of `normalized_conv2d`.

    Returns:
      float32 `[batch, ceil(height / stride), ceil(width / stride), channels]`.
    """
    if norm.mode.training or pixels <= kernel.shape[:2].num_elements():
        return norm.normalize(_depthwise_conv2d(images, kernel, stride))
    scale, shift = norm.scale_and_shift()
    kernel = kernel * tf.expand_dims(scale, 1)
    return tf.nn.bias_add(_depthwise_conv2d(images, kernel, stride), shift)


def _conv2d(images: tf.Tensor, kernel: tf.Tensor, stride: int) -> tf.Tensor:
    return tf.nn.conv2d(images, kernel, strides=[1, stride, stride, 1], padding="SAME")


def _depthwise_conv2d(images: tf.Tensor, kernel: tf.Tensor, stride: int) -> tf.Tensor:
    return tf.nn.depthwise_conv2d_native(
        images, kernel, strides=[1, stride, stride, 1], padding="SAME"
    )


def swish(inputs: tf.Tensor) -> tf.Tensor:
    """`x sigmoid(x)`.

    Spelled out: `tf.nn.swish` is a Python function with a gradient of its own, which
    stays behind when a graph is exported.
    """
    with tf.name_scope("swish"):
        return inputs * tf.sigmoid(inputs)


def activation(images: tf.Tensor, config: config_lib.NetworkConfig) -> tf.Tensor:
    """swish, or relu6 for a Lite variant."""
    return tf.nn.relu6(images) if config.lite else swish(images)


def squeeze_excite(images: tf.Tensor, squeeze_filters: int) -> tf.Tensor:
    """Scales each channel by a gate in (0, 1) computed from all channels' means.

    Arxiv 1709.01507. Variables `se/conv2d/*` and `se/conv2d_1/*`: of convolutions
    over a single pixel, which are products of matrices.
    """
    channels = images.shape[-1]
    with tf.variable_scope("se"):
        squeezed = tf.reduce_mean(images, [1, 2])
        squeezed = swish(_pointwise(squeezed, squeeze_filters, "conv2d"))
        gate = tf.sigmoid(_pointwise(squeezed, channels, "conv2d_1"))
        # The small factor first, by position and by name, which the graph optimizer
        # sorts factors by: that way round TensorFlow multiplies about twice as fast.
        return gate[:, tf.newaxis, tf.newaxis, :] * images


def _pointwise(features: tf.Tensor, filters: int, name: str) -> tf.Tensor:
    """Convolution over a single pixel; variables `<name>/kernel`, `<name>/bias`."""
    kernel = conv2d_kernel(features.shape[-1], filters, name=name)
    bias = variables.variable(name + "/bias", [filters])
    return tf.nn.bias_add(tf.matmul(features, tf.squeeze(kernel, [0, 1])), bias)


def dropout(features: tf.Tensor, rate: float) -> tf.Tensor:
    """Zeroes a part `rate` of the features and scales the others up by as much."""
    return _keep(features, 1.0 - rate, tf.shape(features), "dropout")


def stochastic_depth(images: tf.Tensor, survival_probability: float) -> tf.Tensor:
    """Zeroes whole examples and scales the others up. Arxiv 1603.09382."""
    shape = tf.stack([tf.shape(images)[0], 1, 1, 1])
    return _keep(images, survival_probability, shape, "stochastic_depth")


def _keep(
    inputs: tf.Tensor, probability: float, mask_shape: tf.Tensor, name: str
) -> tf.Tensor:
    """Keeps what a random mask says, in ops that TensorFlow 1.13 knows.

    `tf.nn.dropout` of a recent TensorFlow writes SelectV2, which 1.13 does not.
    """
    with tf.name_scope(name):
        mask = tf.floor(probability + tf.random_uniform(mask_shape))
        return mask / probability * inputs


def dense(features: tf.Tensor, units: int) -> tf.Tensor:
    """`[batch, inputs] -> [batch, units]`; variables `dense/kernel`, `dense/bias`."""
    with tf.variable_scope("dense"):
        kernel = variables.variable("kernel", [features.shape[-1], units])
        bias = variables.variable("bias", [units])
        return tf.nn.bias_add(tf.matmul(features, kernel), bias)
