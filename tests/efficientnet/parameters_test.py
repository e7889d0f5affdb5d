"""The network of each variant has as many parameters as the publisher's."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow.compat.v1 as tf

from efficientnet_hub.efficientnet import network
from efficientnet_hub.tests import cases

# Trainable parameters, counted in the publisher's code.
_PARAMETERS = {
    "efficientnet-b0": 5288548,
    "efficientnet-b1": 7794184,
    "efficientnet-b2": 9109994,
    "efficientnet-b3": 12233232,
    "efficientnet-b4": 19341616,
    "efficientnet-b5": 30389784,
    "efficientnet-b6": 43040704,
    "efficientnet-b7": 66347960,
    "efficientnet-l2": 480309308,
    "efficientnet-lite0": 4652008,
    "efficientnet-lite3": 8197096,
    "efficientnet-lite4": 13006568,
}


@pytest.mark.parametrize("model", cases.slow_after(1, _PARAMETERS))
def test_there_are_as_many_parameters_as_published(model):
    sizes = []

    def count(getter, name, shape, trainable, **options):
        # A large network has a thousand variables; these are made in half the time.
        if trainable:
            sizes.append(int(np.prod(shape)))
        return tf.placeholder(tf.float32, shape, name)

    with tf.Graph().as_default(), tf.variable_scope("", custom_getter=count):
        images = tf.placeholder(tf.float32, [None, None, None, 3])
        network.build_model(images, model, training=False)

    assert sum(sizes) == _PARAMETERS[model]
