"""One graph for each tag set: {} for inference, {"train"}, {"serve"}."""

from __future__ import annotations

import dataclasses

import tensorflow.compat.v1 as tf
from google.protobuf import message as protobuf_message

from efficientnet_hub.builder import module_config as module_config_lib
from efficientnet_hub.builder import regularization
from efficientnet_hub.efficientnet import network
from efficientnet_hub.signatures import attachments as attachments_lib
from efficientnet_hub.signatures import images as signatures_lib

INFERENCE: frozenset[str] = frozenset()
TRAIN = frozenset(["train"])
SERVE = frozenset(["serve"])


@dataclasses.dataclass(frozen=True)
class ModuleGraph:
    """A graph and what a module says of it.

    Attributes:
      tags: its tag set.
      graph: the graph, with its variables in their collections.
      signatures: its signatures.
      attachments: messages attached to it, by key.
      saver: saves and restores its variables within the graph, or None.
    """

    tags: frozenset[str]
    graph: tf.Graph
    signatures: list[signatures_lib.Signature]
    attachments: dict[str, protobuf_message.Message]
    saver: tf.train.Saver | None = None


def add_module(
    config: module_config_lib.ModuleConfig, training: bool
) -> list[signatures_lib.Signature]:
    """Builds a graph for `hub.Module` into the current graph.

    Args:
      config: the module's configuration.
      training: whether to build the graph of {"train"}: batch statistics and their
        update ops, dropout, stochastic depth, regularization losses.

    Returns:
      The graph's signatures.
    """
    images = signatures_lib.images_input()
    momentum = signatures_lib.batch_norm_momentum_input(
        config.network.batch_norm_momentum
    )
    logits, endpoints = network.build_model(images, config.network, training, momentum)
    if training:
        for loss in regularization.kernel_l2_losses(tf.trainable_variables()):
            tf.add_to_collection(tf.GraphKeys.REGULARIZATION_LOSSES, loss)
    prefix = config.network.name + "/"
    return signatures_lib.module_signatures(
        images,
        momentum,
        {prefix + name: endpoint for name, endpoint in endpoints.items()},
        endpoints["pooled_features"],
        logits,
    )


def attachments(
    config: module_config_lib.ModuleConfig,
) -> dict[str, protobuf_message.Message]:
    """Returns the messages that each graph for `hub.Module` carries, by key."""
    return attachments_lib.attached_messages(
        config.network.image_size, config.facts(), config.class_names
    )


def variable_shapes(config: module_config_lib.ModuleConfig) -> dict[str, list[int]]:
    """Returns the shape of each variable of a module by name."""
    with tf.Graph().as_default(), _initialized_from_checkpoint():
        network.build_model(
            signatures_lib.images_input(), config.network, training=False
        )
        return {v.op.name: v.shape.as_list() for v in tf.global_variables()}


def module_graphs(config: module_config_lib.ModuleConfig) -> list[ModuleGraph]:
    """Builds the graphs of a module on disk, whose weights are in a checkpoint.

    Args:
      config: the module's configuration.

    Returns:
      The graphs for the tag sets {}, {"train"} and {"serve"}, with one and the
      same set of variables.
    """
    return [
        _hub_graph(config, INFERENCE),
        _hub_graph(config, TRAIN),
        _serving_graph(config),
    ]


def _hub_graph(
    config: module_config_lib.ModuleConfig, tags: frozenset[str]
) -> ModuleGraph:
    with tf.Graph().as_default() as graph, _initialized_from_checkpoint():
        signatures = add_module(config, training=tags == TRAIN)
    return ModuleGraph(tags, graph, signatures, attachments(config))


def _serving_graph(config: module_config_lib.ModuleConfig) -> ModuleGraph:
    with tf.Graph().as_default() as graph, _initialized_from_checkpoint():
        images = signatures_lib.images_input()
        logits, endpoints = network.build_model(images, config.network, training=False)
        signature = signatures_lib.serving_signature(
            images, endpoints["pooled_features"], logits
        )
        saver = tf.train.Saver(tf.global_variables())
    return ModuleGraph(SERVE, graph, [signature], {}, saver)


def _initialized_from_checkpoint():
    """A variable scope whose variables' own initial values are zeros.

    Whoever loads a module from disk puts the checkpoint's values in their place.
    """

    def zeros(getter, *args, **kwargs):
        kwargs["initializer"] = tf.zeros_initializer()
        return getter(*args, **kwargs)

    return tf.variable_scope(tf.get_variable_scope(), custom_getter=zeros)
