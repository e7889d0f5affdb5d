"""The network without optimizations, as a peer.

It uses the package's table of blocks, and the variable names of the publisher's
checkpoints, so that both networks load the same checkpoint. Everything else follows the
paper: unfused batch normalization, `x * sigmoid(x)`, squeeze-and-excite with 1x1
convolutions.
"""

from __future__ import annotations

import tensorflow.compat.v1 as tf

WEIGHT_DECAY = 1e-5
_MEAN = [123.675, 116.28, 103.53]
_DEVIATION = [58.395, 57.12, 57.375]


class PlainNetwork:
    """Builds an EfficientNet without Lite's changes into the current graph."""

    def __init__(self, config, training: bool):
        """Takes the options that all layers share.

        Args:
          config: a `NetworkConfig` with a classifier, not of a Lite variant.
          training: whether batch statistics, dropout and stochastic depth apply.
        """
        self._config = config
        self._training = training

    def build(self, images: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """Returns features `[batch, num_features]` and logits `[batch, classes]`.

        Args:
          images: float32 `[batch, height, width, 3]`, RGB values in [0, 1].
        """
        with tf.variable_scope(self._config.name):
            net = (images * 255.0 - _MEAN) / _DEVIATION
            with tf.variable_scope("stem"):
                filters = self._config.scaled_stem_filters
                net = _swish(self._norm(_conv(net, filters, 3, 2)))
            for block in self._config.blocks():
                with tf.variable_scope(f"blocks_{block.index}"):
                    net = self._block(net, block)
            with tf.variable_scope("head"):
                return self._head(net)

    def _block(self, net, block):
        block_input = net
        norms = iter("tpu_batch_normalization" + each for each in ("", "_1", "_2"))
        convolutions = iter(["conv2d", "conv2d_1"])
        if block.expansion != 1:
            net = _conv(net, block.expanded_filters, name=next(convolutions))
            net = _swish(self._norm(net, next(norms)))
        net = _depthwise_conv(net, block.kernel_size, block.stride)
        net = _swish(self._norm(net, next(norms)))
        net = _squeeze_excite(net, block.squeeze_filters)
        net = _conv(net, block.output_filters, name=next(convolutions))
        net = self._norm(net, next(norms))
        if not block.has_residual:
            return net
        if self._training:
            net = _drop_examples(net, block.survival_probability)
        return net + block_input

    def _head(self, net):
        net = _swish(self._norm(_conv(net, self._config.num_features)))
        features = net = tf.reduce_mean(net, [1, 2])
        if self._training:
            net = tf.nn.dropout(net, rate=self._config.dropout_rate)
        with tf.variable_scope("dense"):
            shape = [self._config.num_features, self._config.num_classes]
            kernel = tf.get_variable("kernel", shape, use_resource=True)
            logits = tf.matmul(net, kernel) + _vector("bias", shape[1], 0.0)
        return features, logits

    def _norm(self, net, name="tpu_batch_normalization"):
        channels = net.shape[-1]
        with tf.variable_scope(name):
            gamma, beta = (
                _vector("gamma", channels, 1.0),
                _vector("beta", channels, 0.0),
            )
            mean = _vector("moving_mean", channels, 0.0, trainable=False)
            variance = _vector("moving_variance", channels, 1.0, trainable=False)
        if self._training:
            batch_mean, batch_variance = tf.nn.moments(net, [0, 1, 2])
            self._update(mean, batch_mean)
            self._update(variance, batch_variance)
            mean, variance = batch_mean, batch_variance
        epsilon = self._config.batch_norm_epsilon
        return tf.nn.batch_normalization(net, mean, variance, beta, gamma, epsilon)

    def _update(self, average, value):
        step = (1 - self._config.batch_norm_momentum) * (average - value)
        tf.add_to_collection(tf.GraphKeys.UPDATE_OPS, tf.assign_sub(average, step))


def add_regularization_losses() -> None:
    """Adds the L2 loss of each kernel of the graph to the collection of losses."""
    for variable in tf.trainable_variables():
        if variable.op.name.endswith("kernel"):
            loss = WEIGHT_DECAY * tf.nn.l2_loss(variable)
            tf.add_to_collection(tf.GraphKeys.REGULARIZATION_LOSSES, loss)


def _vector(name, size, value, trainable=True):
    return tf.get_variable(
        name,
        [size],
        initializer=tf.constant_initializer(value),
        trainable=trainable,
        use_resource=True,
    )


def _kernel(name, shape, fan_out):
    deviation = (2.0 / fan_out) ** 0.5
    initializer = tf.random_normal_initializer(stddev=deviation)
    return tf.get_variable(name, shape, initializer=initializer, use_resource=True)


def _conv(net, filters, size=1, stride=1, bias=False, name="conv2d"):
    with tf.variable_scope(name):
        shape = [size, size, int(net.shape[-1]), filters]
        kernel = _kernel("kernel", shape, size * size * filters)
        net = tf.nn.conv2d(net, kernel, strides=[1, stride, stride, 1], padding="SAME")
        return net + _vector("bias", filters, 0.0) if bias else net


def _depthwise_conv(net, size, stride):
    with tf.variable_scope("depthwise_conv2d"):
        shape = [size, size, int(net.shape[-1]), 1]
        kernel = _kernel("depthwise_kernel", shape, size * size)
        return tf.nn.depthwise_conv2d(
            net, kernel, strides=[1, stride, stride, 1], padding="SAME"
        )


def _squeeze_excite(net, squeeze_filters):
    with tf.variable_scope("se"):
        gate = tf.reduce_mean(net, [1, 2], keepdims=True)
        gate = _swish(_conv(gate, squeeze_filters, bias=True))
        gate = _conv(gate, int(net.shape[-1]), bias=True, name="conv2d_1")
        return net * tf.sigmoid(gate)


def _swish(net):
    return net * tf.sigmoid(net)


def _drop_examples(net, survival_probability):
    """Applies stochastic depth: sets whole examples to zero."""
    draws = tf.random_uniform([tf.shape(net)[0], 1, 1, 1])
    return net / survival_probability * tf.floor(survival_probability + draws)
