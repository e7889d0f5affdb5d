"""Compares stages and their cost with the published ones, and with the graph."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
import tensorflow.compat.v1 as tf

from efficientnet_hub.efficientnet import config as config_lib
from efficientnet_hub.efficientnet import network, stages
from efficientnet_hub.tests import cases

# Multiply-adds in billions: arXiv 1905.11946, table 2; those of Lite from the
# publisher's page (github.com/tensorflow/tpu, efficientnet/lite/README.md).
_PUBLISHED = {
    "efficientnet-b0": 0.39,
    "efficientnet-b1": 0.70,
    "efficientnet-b2": 1.0,
    "efficientnet-b3": 1.8,
    "efficientnet-b4": 4.2,
    "efficientnet-b5": 9.9,
    "efficientnet-b6": 19,
    "efficientnet-b7": 37,
    "efficientnet-lite0": 0.407,
    "efficientnet-lite1": 0.631,
    "efficientnet-lite2": 0.899,
    "efficientnet-lite3": 1.44,
    "efficientnet-lite4": 2.64,
}
# Trainable parameters, counted in the publisher's code.
_PARAMETERS = {
    "efficientnet-b0": 5288548,
    "efficientnet-b2": 9109994,
    "efficientnet-l2": 480309308,
    "efficientnet-lite0": 4652008,
}
# Those of which the tests build a graph.
_IN_GRAPHS = cases.slow_after(1, ["efficientnet-lite3", "efficientnet-b1"])
# Operator, channels and layers of arXiv 1905.11946, table 1, and its resolutions where
# they are those of SAME padding; the head has the classifier with it there.
_BASELINE = [
    ("Conv, k3x3", 224, 32, 1),
    ("MBConv1, k3x3", 112, 16, 1),
    ("MBConv6, k3x3", 112, 24, 2),
    ("MBConv6, k5x5", 56, 40, 2),
    ("MBConv6, k3x3", 28, 80, 3),
    ("MBConv6, k5x5", 14, 112, 3),
    ("MBConv6, k5x5", 14, 192, 4),
    ("MBConv6, k3x3", 7, 320, 1),
    ("Conv, k1x1", 7, 1280, 1),
]


@pytest.mark.parametrize("model", sorted(_PUBLISHED))
def test_multiply_adds_are_close_to_the_published_ones(model):
    # Published at the rounded sizes of the paper's scaling, so near and not equal.
    counted = stages.cost(config_lib.get_config(model)).multiply_adds

    assert counted == pytest.approx(_PUBLISHED[model] * 1e9, rel=0.06)


@pytest.mark.parametrize("model", sorted(_PARAMETERS))
def test_parameters_are_those_of_the_publisher(model):
    assert stages.cost(config_lib.get_config(model)).parameters == _PARAMETERS[model]


def test_multiply_adds_grow_with_the_image():
    small, large = (
        stages.cost(config_lib.get_config("efficientnet-b0", image_size=size))
        for size in (224, 448)
    )

    assert large.parameters == small.parameters
    # The classifier and squeeze-and-excite are applied to one pixel at any size.
    assert 3.9 < large.multiply_adds / small.multiply_adds < 4


def test_the_baseline_is_the_table_of_the_paper():
    *rows, classifier = stages.stages(config_lib.get_config("efficientnet-b0"))

    assert [
        (stage.operator, stage.input_size, stage.filters, stage.layers)
        for stage in rows
    ] == _BASELINE
    assert (classifier.name, classifier.filters) == ("classifier", 1000)


def test_a_network_without_classifier_ends_with_the_head():
    config = config_lib.get_config("efficientnet-b0", num_classes=None)

    assert stages.stages(config)[-1].name == "head"


@pytest.mark.parametrize("model", _IN_GRAPHS)
def test_each_stage_is_that_of_the_graph(model):
    # An odd size, where SAME padding rounds.
    config = config_lib.get_config(model, image_size=75)
    in_graph = _costs_in_graph(config)

    for stage in stages.stages(config):
        assert dataclasses.astuple(stage.cost) == in_graph[stage.name], stage.name
    assert len(in_graph) == len(stages.stages(config))


@pytest.mark.slow
@pytest.mark.parametrize("model", _IN_GRAPHS)
def test_sizes_and_channels_are_those_of_the_graph(model):
    config = config_lib.get_config(model, image_size=75)
    with tf.Graph().as_default():
        images = tf.placeholder(tf.float32, [1, 75, 75, 3])
        _, endpoints = network.build_model(images, config, training=True)
    last_blocks = {block.stage: block.index for block in config.blocks()}
    names = [
        "stem",
        *(f"block_{index}" for index in last_blocks.values()),
        "head_1x1",
    ]

    for name, stage in zip(names, stages.stages(config)):
        size = stage.output_size
        assert endpoints[name].shape.as_list() == [1, size, size, stage.filters]


def _costs_in_graph(config) -> dict[str, tuple[int, int]]:
    """Returns parameters and multiply-adds by stage, counted in the training graph."""
    costs = {}

    def add(name, parameters, multiply_adds):
        stage = _stage(name.split("/")[1:], config)
        before = costs.get(stage, (0, 0))
        costs[stage] = (before[0] + parameters, before[1] + multiply_adds)

    with tf.Graph().as_default() as graph:
        images = tf.placeholder(
            tf.float32, [1, config.image_size, config.image_size, 3]
        )
        network.build_model(images, config, training=True)
        for variable in tf.trainable_variables():
            add(variable.op.name, int(np.prod(variable.shape)), 0)
        for op in graph.get_operations():
            if op.type in ("Conv2D", "DepthwiseConv2dNative", "MatMul"):
                add(op.name, 0, _multiply_adds(op))
    return costs


def _multiply_adds(op: tf.Operation) -> int:
    kernel = int(np.prod(op.inputs[1].shape.as_list()))
    size = op.outputs[0].shape.as_list()[1] if op.type != "MatMul" else 1
    return kernel * size**2


def _stage(path, config) -> str:
    """Returns the stage of a path in the network's scope."""
    if path[0].startswith("blocks_"):
        block = config.blocks()[int(path[0][len("blocks_") :])]
        return f"stage {block.stage + 1}"
    return "classifier" if path[:2] == ["head", "dense"] else path[0]
