"""The weights of an untrained network are the initial values of a seed."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow.compat.v1 as tf

from efficientnet_hub.efficientnet import config as config_lib
from efficientnet_hub.efficientnet import network
from efficientnet_hub.export.weights import loading
from efficientnet_hub.signatures import provenance


@pytest.mark.parametrize("seed", [0, 2**32 - 1])
def test_weights_are_those_that_training_starts_from(seed, tiny, shapes):
    with tf.Graph().as_default(), tf.Session() as session:
        images = tf.placeholder(tf.float32, [None, None, None, 3])
        config = config_lib.get_config(tiny, seed=seed)
        network.build_model(images, config, training=True)
        session.run(tf.global_variables_initializer())
        initial = session.run({v.op.name: v for v in tf.global_variables()})

    values = loading.load("random", config, shapes).values

    assert set(values) == set(initial)
    for name, value in values.items():
        np.testing.assert_array_equal(value, initial[name])


def test_weights_are_untrained(tiny, shapes):
    config = config_lib.get_config(tiny, seed=7)

    weights = loading.load("random", config, shapes)

    assert not weights.trained and weights.published_top1 is None
    assert weights.files == {}
    assert weights.provenance == provenance.Provenance(
        "initial values of seed 7", license="Apache-2.0"
    )
    assert "untrained" in " ".join(weights.notes)
