"""Builds the graph of each tag set: {} for inference, {"train"}, {"serve"}."""

from __future__ import annotations

import dataclasses
from typing import Any, Callable, ContextManager, Sequence

import tensorflow.compat.v1 as tf
from google.protobuf import message as protobuf_message

from ..efficientnet import endpoints as endpoints_lib
from ..efficientnet import network
from ..signatures import attachments as attachments_lib
from ..signatures import images as images_lib
from ..signatures import names as signatures_lib
from ..signatures import tag_sets
from . import module_config as module_config_lib
from . import regularization


@dataclasses.dataclass(frozen=True)
class ModuleGraph:
    """A graph of a module.

    Attributes:
      tags: its tag set.
      graph: the graph, with its variables in the variable collections.
      signatures: its signatures.
    """

    tags: frozenset[str]
    graph: tf.Graph
    signatures: list[images_lib.Signature]

    @property
    def is_for_hub(self) -> bool:
        """Whether `hub.Module` loads it. If so, it has the attached messages."""
        return self.tags in (tag_sets.INFERENCE, tag_sets.TRAIN)

    def variable_shapes(self) -> dict[str, list[int]]:
        """Returns the shape of each variable by its name."""
        variables = self.graph.get_collection(tf.GraphKeys.GLOBAL_VARIABLES)
        return {v.op.name: v.shape.as_list() for v in variables}


def add_module(
    config: module_config_lib.ModuleConfig, training: bool
) -> list[images_lib.Signature]:
    """Builds a graph for `hub.Module` into the current graph.

    Args:
      config: the module's configuration.
      training: whether to build the graph of {"train"}: batch statistics and their
        update ops, dropout, stochastic depth, regularization losses.

    Returns:
      The graph's signatures.
    """
    images = images_lib.images_input()
    momentum = images_lib.batch_norm_momentum_input(config.network.batch_norm_momentum)
    logits, endpoints = network.build_model(images, config.network, training, momentum)
    if training:
        for loss in regularization.kernel_l2_losses(tf.trainable_variables()):
            tf.add_to_collection(tf.GraphKeys.REGULARIZATION_LOSSES, loss)
    prefix = config.network.name + "/"
    return images_lib.module_signatures(
        images,
        momentum,
        {prefix + name: endpoint for name, endpoint in endpoints.items()},
        endpoints[endpoints_lib.POOLED_FEATURES],
        logits,
    )


def attachments(
    config: module_config_lib.ModuleConfig,
) -> dict[str, protobuf_message.Message]:
    """Returns the messages that are attached to each graph for `hub.Module`, by key."""
    return attachments_lib.attached_messages(
        config.network.image_size, config.facts(), config.class_names
    )


def inference_graphs(
    config: module_config_lib.ModuleConfig,
) -> tuple[ModuleGraph, ModuleGraph]:
    """Builds the inference graphs of a module whose weights are in a checkpoint.

    Args:
      config: the module's configuration.

    Returns:
      The graphs for the tag sets {} and {"serve"}. They share a tf.Graph, but have
      different signatures.
    """
    with tf.Graph().as_default() as graph, _placeholders_as_initial_values():
        signatures = add_module(config, training=False)
        by_name = {signature.name: signature for signature in signatures}
        feature_vector = by_name[signatures_lib.FEATURE_VECTOR]
        classification = by_name.get(signatures_lib.CLASSIFICATION)
        serving = images_lib.serving_signature(
            feature_vector.inputs[signatures_lib.IMAGES],
            feature_vector.outputs[signatures_lib.DEFAULT],
            classification and classification.outputs[signatures_lib.DEFAULT],
        )
    return (
        ModuleGraph(tag_sets.INFERENCE, graph, signatures),
        ModuleGraph(tag_sets.SERVE, graph, [serving]),
    )


def training_graph(config: module_config_lib.ModuleConfig) -> ModuleGraph:
    """Builds the graph for {"train"}, which has the same variables as the others.

    Args:
      config: the module's configuration.
    """
    with tf.Graph().as_default() as graph, _placeholders_as_initial_values():
        signatures = add_module(config, training=True)
    return ModuleGraph(tag_sets.TRAIN, graph, signatures)


def _placeholders_as_initial_values() -> ContextManager[Any]:
    """Returns a variable scope in which initial values are placeholders.

    The pass `export/graph_passes/saver.py` replaces each placeholder by the value from
    the checkpoint.
    """

    def get_variable(
        getter: Callable[..., tf.Variable], *args: Any, **kwargs: Any
    ) -> tf.Variable:
        kwargs["initializer"] = _make_placeholder
        return getter(*args, **kwargs)

    return tf.variable_scope(tf.get_variable_scope(), custom_getter=get_variable)


def _make_placeholder(
    shape: Sequence[int], dtype: Any = tf.float32, partition_info: Any = None
) -> tf.Tensor:
    del partition_info  # The variables of the network are not partitioned.
    return tf.placeholder(dtype, shape)
