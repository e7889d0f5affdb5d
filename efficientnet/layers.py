"""The layers: each one small function that names its variables.

Images are float32 `[batch, height, width, channels]`. Variables are resource
variables in the current variable scope, under the names of the publisher's
checkpoints.
"""

from __future__ import annotations

from typing import Sequence

import tensorflow.compat.v1 as tf

from efficientnet_hub.efficientnet import config as config_lib


def _variable(name: str, shape: Sequence[int], trainable: bool = True) -> tf.Variable:
    return tf.get_variable(
        name, shape, tf.float32, trainable=trainable, use_resource=True
    )


def conv2d(
    images: tf.Tensor,
    filters: int,
    kernel_size: int = 1,
    stride: int = 1,
    use_bias: bool = False,
    name: str = "conv2d",
) -> tf.Tensor:
    """Convolution with SAME padding; variables `<name>/kernel`, `<name>/bias`."""
    with tf.variable_scope(name):
        kernel = _variable(
            "kernel", [kernel_size, kernel_size, images.shape[-1], filters]
        )
        outputs = tf.nn.conv2d(
            images, kernel, strides=[1, stride, stride, 1], padding="SAME"
        )
        if use_bias:
            outputs = tf.nn.bias_add(outputs, _variable("bias", [filters]))
        return outputs


def depthwise_conv2d(images: tf.Tensor, kernel_size: int, stride: int) -> tf.Tensor:
    """Depthwise convolution, SAME; variable `depthwise_conv2d/depthwise_kernel`."""
    with tf.variable_scope("depthwise_conv2d"):
        kernel = _variable(
            "depthwise_kernel", [kernel_size, kernel_size, images.shape[-1], 1]
        )
        return tf.nn.depthwise_conv2d_native(
            images, kernel, strides=[1, stride, stride, 1], padding="SAME"
        )


def batch_norm(
    images: tf.Tensor,
    config: config_lib.NetworkConfig,
    training: bool,
    momentum: float | tf.Tensor,
    name: str,
) -> tf.Tensor:
    """Batch normalization; in training by batch statistics.

    Variables `<name>/gamma`, `beta`, `moving_mean`, `moving_variance`. In training
    the updates of the two moving averages go into the collection UPDATE_OPS.

    Args:
      images: float32 `[batch, height, width, channels]`.
      config: the network's configuration.
      training: whether to normalize by the batch's statistics.
      momentum: weight of the old value in an update, a float or a float32 scalar.
      name: scope of the variables.

    Returns:
      float32 of the shape of `images`.
    """
    channels = [images.shape[-1]]
    with tf.variable_scope(name):
        gamma = _variable("gamma", channels)
        beta = _variable("beta", channels)
        moving_mean = _variable("moving_mean", channels, trainable=False)
        moving_variance = _variable("moving_variance", channels, trainable=False)
        no_statistics = tf.constant([], tf.float32) if training else None
        outputs = tf.raw_ops.FusedBatchNormV3(
            x=images,
            scale=gamma,
            offset=beta,
            mean=no_statistics if training else moving_mean,
            variance=no_statistics if training else moving_variance,
            epsilon=config.batch_norm_epsilon,
            is_training=training,
        )
        if training:
            # The op's batch variance is the unbiased one, N / (N - 1).
            _update(moving_mean, outputs.batch_mean, momentum)
            _update(moving_variance, outputs.batch_variance, momentum)
        return outputs.y


def _update(
    average: tf.Variable, value: tf.Tensor, momentum: float | tf.Tensor
) -> None:
    """Adds to UPDATE_OPS: average <- momentum average + (1 - momentum) value."""
    step = (average - value) * (1.0 - momentum)
    tf.add_to_collection(
        tf.GraphKeys.UPDATE_OPS, average.assign_sub(step, read_value=False)
    )


def swish(images: tf.Tensor) -> tf.Tensor:
    """`x sigmoid(x)`.

    Spelled out: `tf.nn.swish` brings a function with a gradient of its own into
    the graph, which a module must not carry.
    """
    return images * tf.sigmoid(images)


def activation(images: tf.Tensor, config: config_lib.NetworkConfig) -> tf.Tensor:
    """swish, or relu6 for a Lite variant."""
    return tf.nn.relu6(images) if config.lite else swish(images)


def squeeze_excite(images: tf.Tensor, squeeze_filters: int) -> tf.Tensor:
    """Scales each channel by a gate in (0, 1) computed from all channels' means.

    Arxiv 1709.01507. Variables `se/conv2d/*` and `se/conv2d_1/*`.
    """
    with tf.variable_scope("se"):
        squeezed = tf.reduce_mean(images, [1, 2], keepdims=True)
        squeezed = swish(conv2d(squeezed, squeeze_filters, use_bias=True))
        gate = conv2d(squeezed, images.shape[-1], use_bias=True, name="conv2d_1")
        return images * tf.sigmoid(gate)


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
        return inputs / probability * mask


def dense(features: tf.Tensor, units: int) -> tf.Tensor:
    """`[batch, inputs] -> [batch, units]`; variables `dense/kernel`, `dense/bias`."""
    with tf.variable_scope("dense"):
        kernel = _variable("kernel", [features.shape[-1], units])
        bias = _variable("bias", [units])
        return tf.nn.bias_add(tf.matmul(features, kernel), bias)
