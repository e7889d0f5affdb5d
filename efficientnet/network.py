"""Builds the network, stem -> blocks -> head, and returns its endpoints."""

from __future__ import annotations

import dataclasses
from typing import Any, Callable, Dict

import numpy as np
import tensorflow.compat.v1 as tf

from .. import errors
from . import batch_norm, initializers, inputs, layers, masks
from . import config as config_lib
from . import endpoints as endpoints_lib

Endpoints = Dict[str, tf.Tensor]

# Names of the classifier's kernel and bias in the network's scope.
CLASSIFIER_VARIABLES = ("head/dense/kernel", "head/dense/bias")


def build_model(
    images: tf.Tensor,
    model: str | config_lib.NetworkConfig,
    training: bool,
    batch_norm_momentum: float | tf.Tensor | None = None,
) -> tuple[tf.Tensor | None, Endpoints]:
    """Adds an EfficientNet to the current graph.

    Its variables are `<name>/...` in the current variable scope, e.g.
    'efficientnet-b2/stem/conv2d/kernel', as in the publisher's checkpoints.

    Args:
      images: float32 `[batch, height, width, 3]`, RGB values in [0, 1]; any
        dimension except the last one may be unknown.
      model: a variant's name, e.g. 'efficientnet-b2', or a NetworkConfig.
      training: whether to normalize by batch statistics, with the updates of the
        moving averages in the collection UPDATE_OPS, and to apply dropout and
        stochastic depth.
      batch_norm_momentum: overrides the configuration's, a float or a float32
        scalar tensor in [0, 1].

    Returns:
      A pair `(logits, endpoints)`. `logits` are float32 `[batch, num_classes]`, or
      None for a network without classifier. `endpoints` is a dict from endpoint name
      to tensor: 'stem', 'block_0' ..., 'reduction_1' ... 'reduction_5' (the last
      output at each resolution), 'features', 'head_1x1', all
      `[batch, height, width, channels]`; 'pooled_features', `[batch, num_features]`,
      before dropout; 'logits'.

    Raises:
      errors.InputError: if there is no such variant, or images do not have the
        shape or type described above.
    """
    config = config_lib.get_config(model)
    images = _convert_images(images)
    momentum = batch_norm_momentum
    if momentum is None:
        momentum = config.batch_norm_momentum
    outer_scope = tf.get_variable_scope().name

    def get_seeded(
        getter: Callable[..., tf.Variable], name: str, *args: Any, **kwargs: Any
    ) -> tf.Variable:
        inner_name = name[len(outer_scope) :].lstrip("/")
        kwargs["initializer"] = initializers.initializer(inner_name, config.seed)
        return getter(name, *args, **kwargs)

    with tf.variable_scope(config.name, custom_getter=get_seeded):
        network = _Network(config, training, momentum)
        return network.build(images)


def _convert_images(images: tf.Tensor) -> tf.Tensor:
    images = tf.convert_to_tensor(images)
    if images.dtype != tf.float32:
        raise errors.InputError(
            "images must be float32 with RGB values in [0, 1], found "
            f"{images.dtype.name}"
        )
    if not images.shape.is_compatible_with([None, None, None, 3]):
        raise errors.InputError(
            f"images must have shape [batch, height, width, 3], found {images.shape}"
        )
    images.set_shape([None, None, None, 3])
    return images


class _Network:
    """Builds the layers of one network, which share its configuration and mode."""

    def __init__(
        self,
        config: config_lib.NetworkConfig,
        training: bool,
        momentum: float | tf.Tensor,
    ):
        self._config = config
        self._training = training
        self._norm_mode = batch_norm.Mode(
            config.batch_norm_epsilon,
            1.0 - momentum if training else None,
            config.synchronized_batch_norm,
        )
        self._mask_offset: float | tf.Tensor = 0.0

    def build(self, images: tf.Tensor) -> tuple[tf.Tensor | None, Endpoints]:
        endpoints: Endpoints = {}
        if self._norm_mode.training:
            self._prepare_training(images)
        net = inputs.center(images, self._config.preprocessing)
        net = endpoints[endpoints_lib.STEM] = self._build_stem(net)
        net = self._build_blocks(net, endpoints)
        endpoints[endpoints_lib.FEATURES] = net
        logits = self._build_head(net, endpoints)
        return logits, endpoints

    def _prepare_training(self, images: tf.Tensor) -> None:
        """Computes what all layers of a training share."""
        self._mask_offset = masks.compute_offset(images)
        divisor = batch_norm.compute_update_divisor(
            self._norm_mode.update_rate, tf.shape(images)[0]
        )
        self._norm_mode = dataclasses.replace(self._norm_mode, update_divisor=divisor)

    def _build_stem(self, net: tf.Tensor) -> tf.Tensor:
        filters = self._config.scaled_stem_filters
        size = self._config.stem_size
        contrast = inputs.contrast(self._config.preprocessing)
        with tf.variable_scope("stem"):
            kernel = layers.conv2d_kernel(3, filters, 3) * contrast[:, np.newaxis]
            norm = self._make_batch_norm(filters)
            net = layers.normalized_conv2d(
                net, kernel, norm, size**2, stride=2, padding=self._config.padding
            )
            return self._activate(net)

    def _build_blocks(self, net: tf.Tensor, endpoints: Endpoints) -> tf.Tensor:
        blocks = self._config.blocks()
        reductions = endpoints_lib.reductions(blocks)
        for block in blocks:
            with tf.variable_scope(f"blocks_{block.index}"):
                net = self._build_block(net, block)
            endpoints[endpoints_lib.block_name(block.index)] = net
            if block.index in reductions:
                endpoints[reductions[block.index]] = net
        return net

    def _build_block(self, net: tf.Tensor, block: config_lib.BlockConfig) -> tf.Tensor:
        block_input = net
        # The publisher's names number the layers of a block. So a block without
        # expansion has only two batch norms, and its projection is `conv2d`, not
        # `conv2d_1`.
        norms = ("tpu_batch_normalization" + suffix for suffix in ("", "_1", "_2"))
        projection = "conv2d"
        inner, outer = block.expanded_filters, block.output_filters
        if block.expansion != 1:
            projection = "conv2d_1"
            kernel = layers.conv2d_kernel(block.input_filters, inner)
            norm = self._make_batch_norm(inner, next(norms))
            net = layers.normalized_conv2d(net, kernel, norm, block.input_size**2)
            net = self._activate(net)
        pixels = block.output_size**2
        kernel = layers.depthwise_kernel(inner, block.kernel_size)
        norm = self._make_batch_norm(inner, next(norms))
        net = layers.normalized_depthwise_conv2d(
            net, kernel, norm, pixels, block.stride, self._config.padding
        )
        net = self._activate(net)
        if block.squeeze_filters is not None:
            net = layers.squeeze_excite(net, block.squeeze_filters)
        kernel = layers.conv2d_kernel(inner, outer, name=projection)
        norm = self._make_batch_norm(outer, next(norms))
        net = layers.normalized_conv2d(net, kernel, norm, pixels)
        if not block.has_residual:
            return net
        if self._training and block.survival_probability < 1:
            net = layers.stochastic_depth(
                net, block.survival_probability, self._config.seed, self._mask_offset
            )
        return net + block_input

    def _build_head(self, net: tf.Tensor, endpoints: Endpoints) -> tf.Tensor | None:
        last = self._config.blocks()[-1]
        filters = self._config.num_features
        with tf.variable_scope("head"):
            kernel = layers.conv2d_kernel(last.output_filters, filters)
            norm = self._make_batch_norm(filters)
            net = layers.normalized_conv2d(net, kernel, norm, last.output_size**2)
            net = endpoints[endpoints_lib.HEAD] = self._activate(net)
            net = tf.reduce_mean(net, [1, 2])
            endpoints[endpoints_lib.POOLED_FEATURES] = net
            if self._config.num_classes is None:
                return None
            if self._training and self._config.dropout_rate > 0:
                net = layers.dropout(
                    net,
                    self._config.dropout_rate,
                    self._config.seed,
                    self._mask_offset,
                )
            logits = layers.dense(net, self._config.num_classes)
            endpoints[endpoints_lib.LOGITS] = logits
            return logits

    def _make_batch_norm(
        self, channels: int, name: str = "tpu_batch_normalization"
    ) -> batch_norm.BatchNorm:
        return batch_norm.BatchNorm(channels, self._norm_mode, name)

    def _activate(self, net: tf.Tensor) -> tf.Tensor:
        return layers.activation(net, self._config)
