"""Initial values have the publisher's distributions, the same on every TensorFlow."""

from __future__ import annotations

import hashlib
import tracemalloc

import numpy as np
import pytest
import tensorflow.compat.v1 as tf

from efficientnet_hub.efficientnet import config as config_lib
from efficientnet_hub.efficientnet import initializers, network

_STEM = ("efficientnet-b0/stem/conv2d/kernel", (3, 3, 3, 32))
_DEPTHWISE = (
    "efficientnet-b0/blocks_1/depthwise_conv2d/depthwise_kernel",
    (3, 3, 96, 1),
)
_DENSE = ("efficientnet-b0/head/dense/kernel", (1280, 1000))


@pytest.mark.parametrize(
    ("name_and_shape", "digest"),
    [
        (_STEM, "439d81651ee9f2bb499fef7ad106d9e093a7f967d9fa0c7945f865443ce0ed74"),
        (
            _DEPTHWISE,
            "b45a672212ffe29383f2733f8ed0375b6dc20620606ae182138b2ac9a38ce361",
        ),
        (_DENSE, "e77e24e9252f73901226d3c37dc954afc218b3d4bae2cae8326e550425aff9bf"),
    ],
    ids=["stem", "depthwise", "dense"],
)
def test_a_seed_gives_the_same_values_everywhere(name_and_shape, digest):
    # The digests were computed with numpy 1.18 (TensorFlow 1.15, Python 3.7) and
    # with numpy 1.26 (TensorFlow 2.15, Python 3.11).
    value = initializers.initial_value(*name_and_shape, seed=0)

    assert value.dtype == np.float32
    assert hashlib.sha256(value.astype("<f4").tobytes()).hexdigest() == digest


@pytest.mark.parametrize(
    ("name", "shape", "deviation"),
    [
        ("net/conv2d/kernel", (3, 3, 64, 200), np.sqrt(2 / (3 * 3 * 200))),
        ("net/conv2d/kernel", (1, 1, 300, 400), np.sqrt(2 / 400)),
        ("net/depthwise_conv2d/depthwise_kernel", (5, 5, 4000, 1), np.sqrt(2 / 25)),
    ],
    ids=["convolution", "pointwise", "depthwise"],
)
def test_a_convolution_kernel_is_normal(name, shape, deviation):
    values = initializers.initial_value(name, shape, seed=1) / deviation

    # 100,000 draws and more: the moments of a standard normal to within 2 %.
    assert np.mean(values) == pytest.approx(0, abs=0.02)
    assert np.std(values) == pytest.approx(1, abs=0.02)
    assert np.mean(np.abs(values) > 2) == pytest.approx(0.0455, abs=0.005)


def test_the_classifiers_kernel_is_uniform():
    values = initializers.initial_value("net/dense/kernel", (1000, 400), seed=1)

    # Within 1 / sqrt(400), whose deviation is sqrt(1 / 3) of that.
    assert np.abs(values).max() <= 0.05
    assert np.abs(values).max() > 0.0499
    assert np.std(values) == pytest.approx(0.05 / np.sqrt(3), rel=0.02)


def test_a_large_classifier_is_drawn_without_a_copy_of_twice_its_size():
    tracemalloc.start()
    values = initializers.initial_value("net/dense/kernel", (20, 10**6), seed=1)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert peak < 1.5 * values.nbytes


@pytest.mark.parametrize(
    ("role", "value"),
    [
        ("gamma", 1),
        ("moving_variance", 1),
        ("beta", 0),
        ("moving_mean", 0),
        ("bias", 0),
    ],
)
def test_other_variables_start_at_0_or_1(role, value):
    initial = initializers.initial_value("net/stem/" + role, (7,), seed=1)

    assert initial.dtype == np.float32
    np.testing.assert_array_equal(initial, np.full(7, value))


def test_every_variable_and_every_seed_has_different_values():
    shape = (3, 3, 8, 8)
    draws = [
        initializers.initial_value("net/blocks_0/conv2d/kernel", shape, seed=0),
        initializers.initial_value("net/blocks_1/conv2d/kernel", shape, seed=0),
        initializers.initial_value("net/blocks_0/conv2d/kernel", shape, seed=1),
    ]

    assert len({draw.tobytes() for draw in draws}) == len(draws)


def test_an_initializer_sets_the_initial_value():
    name, shape = _STEM
    with tf.Graph().as_default() as graph, tf.Session() as session:
        initializer = initializers.initializer(name, seed=5)
        variable = tf.get_variable("kernel", shape, initializer=initializer)
        session.run(tf.global_variables_initializer())
        value = session.run(variable)

    np.testing.assert_array_equal(value, initializers.initial_value(name, shape, 5))
    assert graph.as_graph_def().ByteSize() < value.nbytes, "the values are in the graph"


def _initial_values(seed: int = 0, scope: str = "") -> dict[str, np.ndarray]:
    """Returns initial values in a new graph, by the variables' names."""
    config = config_lib.get_config("efficientnet-lite0", seed=seed, num_classes=10)
    with tf.Graph().as_default(), tf.Session() as session:
        with tf.variable_scope(scope):
            images = tf.placeholder(tf.float32, [None, None, None, 3])
            network.build_model(images, config, training=False)
        session.run(tf.global_variables_initializer())
        return session.run({v.op.name: v for v in tf.global_variables()})


@pytest.mark.slow
def test_an_outer_scope_prefixes_the_names_and_keeps_the_initial_values():
    plain = _initial_values()
    scoped = _initial_values(scope="outer/inner")

    assert list(scoped) == ["outer/inner/" + name for name in plain]
    for name, value in plain.items():
        np.testing.assert_array_equal(scoped["outer/inner/" + name], value)


@pytest.mark.slow
def test_the_seed_determines_the_initial_values():
    values, again, others = (_initial_values(seed) for seed in (1, 1, 2))

    for name, value in values.items():
        np.testing.assert_array_equal(again[name], value)
        np.testing.assert_array_equal(
            value, initializers.initial_value(name, value.shape, seed=1)
        )
        if name.endswith("kernel"):
            assert (others[name] != value).any(), name
