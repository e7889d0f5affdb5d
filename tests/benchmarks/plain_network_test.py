"""The plain peer is the same network: it is no slower for computing something else."""

from __future__ import annotations

import numpy as np
import plain_network
import pytest
import tensorflow.compat.v1 as tf

from efficientnet_hub.efficientnet import config as config_lib
from efficientnet_hub.tests import golden

pytestmark = pytest.mark.slow


def _described_variables():
    trainable = {variable.op.name for variable in tf.trainable_variables()}
    return [
        {
            "name": variable.op.name,
            "shape": variable.shape.as_list(),
            "trainable": variable.op.name in trainable,
        }
        for variable in tf.global_variables()
    ]


def _assert_agree(actual, expected):
    expected = np.array(expected)
    assert np.max(np.abs(actual - expected)) <= 1e-4 * np.std(expected)


@pytest.mark.parametrize("model", ["efficientnet-b0", "efficientnet-b2"])
def test_inference_is_the_publishers(model):
    figures = golden.figures(model)
    config = config_lib.get_config(model)
    images = golden.images(7, 2, config.image_size, config.image_size)
    with tf.Graph().as_default(), tf.Session() as session:
        network = plain_network.PlainNetwork(config, training=False)
        outputs = network.build(tf.constant(images))
        golden.fill(session)
        features, logits = session.run(outputs)

    _assert_agree(features, figures["pooled_features"])
    _assert_agree(logits, figures["logits"])


def test_training_is_the_publishers():
    figures = golden.figures("efficientnet-b0.train96")
    config = config_lib.get_config(
        figures["model"], dropout_rate=0.0, survival_probability=1.0
    )
    images = golden.images(
        figures["image_seed"], figures["batch"], figures["size"], figures["size"]
    )
    with tf.Graph().as_default(), tf.Session() as session:
        network = plain_network.PlainNetwork(config, training=True)
        _, logits = network.build(tf.constant(images))
        golden.fill(session)
        actual = session.run(logits)

    _assert_agree(actual, figures["logits"])


@pytest.mark.parametrize("training", [False, True], ids=["inference", "training"])
def test_one_checkpoint_serves_both(training):
    expected = golden.figures("efficientnet-b2")["variables"]
    config = config_lib.get_config("efficientnet-b2")
    with tf.Graph().as_default():
        images = tf.placeholder(tf.float32, [None, None, None, 3])
        plain_network.PlainNetwork(config, training).build(images)

        by_name = sorted(_described_variables(), key=lambda each: each["name"])

    assert by_name == sorted(expected, key=lambda each: each["name"])


def test_training_updates_every_average_and_regularizes_every_kernel():
    config = config_lib.get_config("efficientnet-b0")
    with tf.Graph().as_default():
        images = tf.placeholder(tf.float32, [None, 64, 64, 3])
        plain_network.PlainNetwork(config, training=True).build(images)
        plain_network.add_regularization_losses()
        averages = [v for v in tf.global_variables() if "/moving_" in v.op.name]
        kernels = [v for v in tf.global_variables() if v.op.name.endswith("kernel")]

        assert len(tf.get_collection(tf.GraphKeys.UPDATE_OPS)) == len(averages)
        assert len(tf.losses.get_regularization_losses()) == len(kernels)
