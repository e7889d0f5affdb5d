"""Compares the names and sizes of the endpoints with the graph of a network."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow.compat.v1 as tf

from efficientnet_hub.efficientnet import config as config_lib
from efficientnet_hub.efficientnet import endpoints, network


def test_reductions_of_b0_are_the_last_blocks_of_each_resolution():
    blocks = config_lib.get_config("efficientnet-b0").blocks()

    # arXiv 1905.11946, table 1: the strides are in the stages 2, 3, 4 and 6.
    assert endpoints.reductions(blocks) == {
        0: "reduction_1",
        2: "reduction_2",
        4: "reduction_3",
        10: "reduction_4",
        15: "reduction_5",
    }


@pytest.mark.parametrize("num_classes", [None, 10])
def test_names_are_those_of_the_graph(num_classes):
    # One narrow block a stage, with the strides of the baseline.
    config = config_lib.get_config(
        "efficientnet-b0",
        num_classes=num_classes,
        width_coefficient=0.1,
        depth_coefficient=0.1,
    )
    found = _build(config)

    names = endpoints.names(
        range(len(config.blocks())),
        len(endpoints.reductions(config.blocks())),
        num_classes is not None,
    )

    assert sorted(names) == sorted(found)


def test_sizes_are_those_of_the_graph(tiny):
    # Odd, so that the sizes are rounded up.
    config = config_lib.get_config(tiny, image_size=37)
    images = np.zeros([1, 37, 37, 3], np.float32)

    found = _build(config, images)

    assert endpoints.sizes(config) == {
        name: tensor.shape.as_list()[1]
        for name, tensor in found.items()
        if tensor.shape.rank == 4
    }


def test_no_other_endpoint_is_a_reduction():
    names = endpoints.names(range(2), 5, has_classifier=True)

    assert [name for name in names if endpoints.is_reduction(name)] == [
        f"reduction_{level}" for level in range(1, 6)
    ]


def _build(config, images=None):
    with tf.Graph().as_default():
        if images is None:
            images = tf.placeholder(tf.float32, [None, None, None, 3])
        _, found = network.build_model(images, config, training=False)
    return found
