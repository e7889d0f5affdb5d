"""Each layer, against figures worked out by hand or with numpy."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow.compat.v1 as tf

from efficientnet_hub.efficientnet import config as config_lib
from efficientnet_hub.efficientnet import layers
from efficientnet_hub.tests import golden

_B0 = config_lib.get_config("efficientnet-b0")
_LITE0 = config_lib.get_config("efficientnet-lite0")

# How many pixels of an image a 3 x 3 kernel covers, with SAME padding: an even
# size is padded at its end alone when the stride is 2.
_COVERED = {
    (4, 1): [[4, 6, 6, 4], [6, 9, 9, 6], [6, 9, 9, 6], [4, 6, 6, 4]],
    (4, 2): [[9, 6], [6, 4]],
    (5, 2): [[4, 6, 4], [6, 9, 6], [4, 6, 4]],
}


@pytest.fixture(name="session")
def _session():
    with tf.Graph().as_default(), tf.Session() as session:
        yield session


def _names(variables) -> list[str]:
    return [variable.op.name for variable in variables]


def _run_with_ones(session, layer, images):
    """Returns the outputs of a layer all of whose variables are one."""
    with tf.variable_scope("layer", initializer=tf.ones_initializer()):
        outputs = layer(tf.constant(images))
    session.run(tf.global_variables_initializer())
    return session.run(outputs)


@pytest.mark.parametrize(("size", "stride"), list(_COVERED))
def test_a_convolution_pads_to_same(session, size, stride):
    outputs = _run_with_ones(
        session,
        lambda images: layers.conv2d(images, 2, kernel_size=3, stride=stride),
        np.ones([1, size, size, 1], np.float32),
    )

    for channel in range(2):
        np.testing.assert_allclose(outputs[0, :, :, channel], _COVERED[size, stride])


@pytest.mark.parametrize(("size", "stride"), list(_COVERED))
def test_a_depthwise_convolution_keeps_channels_apart(session, size, stride):
    outputs = _run_with_ones(
        session,
        lambda images: layers.depthwise_conv2d(images, kernel_size=3, stride=stride),
        np.stack([np.ones([1, size, size]), np.zeros([1, size, size])], -1).astype("f"),
    )

    np.testing.assert_allclose(outputs[0, :, :, 0], _COVERED[size, stride])
    np.testing.assert_array_equal(outputs[0, :, :, 1], 0)


def test_a_pointwise_convolution_is_a_product_of_matrices_and_a_bias(session):
    images = golden.images(seed=0, batch=2, height=3, width=5)
    outputs = layers.conv2d(tf.constant(images), 4, use_bias=True)
    weights = golden.fill(session)

    assert list(weights) == ["conv2d/kernel", "conv2d/bias"]
    np.testing.assert_allclose(
        session.run(outputs),
        images @ weights["conv2d/kernel"][0, 0] + weights["conv2d/bias"],
        rtol=1e-5,
        atol=1e-6,
    )


def test_a_dense_layer_is_a_product_of_matrices_and_a_bias(session):
    features = golden.images(seed=0, batch=2, height=1, width=1)[:, 0, 0]
    outputs = layers.dense(tf.constant(features), 4)
    weights = golden.fill(session)

    assert list(weights) == ["dense/kernel", "dense/bias"]
    np.testing.assert_allclose(
        session.run(outputs),
        features @ weights["dense/kernel"] + weights["dense/bias"],
        rtol=1e-5,
        atol=1e-6,
    )


def test_batch_norm_at_inference_goes_by_the_moving_averages(session):
    images = golden.images(seed=0, batch=2, height=3, width=5)
    outputs = layers.batch_norm(tf.constant(images), _B0, False, 0.99, "norm")
    weights = golden.fill(session)

    np.testing.assert_allclose(
        session.run(outputs),
        (images - weights["norm/moving_mean"])
        / np.sqrt(weights["norm/moving_variance"] + 1e-3)
        * weights["norm/gamma"]
        + weights["norm/beta"],
        rtol=1e-5,
        atol=1e-6,
    )
    assert tf.get_collection(tf.GraphKeys.UPDATE_OPS) == []


def test_batch_norm_in_training_goes_by_the_batch(session):
    images = golden.images(seed=0, batch=2, height=3, width=5)
    outputs = layers.batch_norm(tf.constant(images), _B0, True, 0.99, "norm")
    weights = golden.fill(session)

    np.testing.assert_allclose(
        session.run(outputs),
        (images - images.mean((0, 1, 2)))
        / np.sqrt(images.var((0, 1, 2)) + 1e-3)
        * weights["norm/gamma"]
        + weights["norm/beta"],
        rtol=1e-4,
        atol=1e-5,
    )


@pytest.mark.parametrize("momentum", [0.0, 0.99, 1.0])
@pytest.mark.parametrize("as_tensor", [False, True], ids=["number", "tensor"])
def test_moving_averages_move_by_momentum(session, momentum, as_tensor):
    images = golden.images(seed=0, batch=2, height=3, width=5)
    layers.batch_norm(
        tf.constant(images),
        _B0,
        True,
        tf.constant(momentum) if as_tensor else momentum,
        "norm",
    )
    old = golden.fill(session)
    session.run(tf.get_collection(tf.GraphKeys.UPDATE_OPS))
    mean, variance = session.run(tf.global_variables()[2:])

    # The variance is the unbiased one.
    for new, name, statistic in [
        (mean, "norm/moving_mean", images.mean((0, 1, 2))),
        (variance, "norm/moving_variance", images.var((0, 1, 2), ddof=1)),
    ]:
        np.testing.assert_allclose(
            new, momentum * old[name] + (1 - momentum) * statistic, rtol=1e-5, atol=1e-6
        )


@pytest.mark.parametrize("training", [False, True])
def test_batch_norm_has_two_trainable_variables_and_two_averages(session, training):
    layers.batch_norm(tf.zeros([1, 2, 2, 3]), _B0, training, 0.99, "norm")

    assert _names(tf.global_variables()) == [
        "norm/gamma",
        "norm/beta",
        "norm/moving_mean",
        "norm/moving_variance",
    ]
    assert _names(tf.trainable_variables()) == ["norm/gamma", "norm/beta"]


@pytest.mark.parametrize(
    ("config", "expected"),
    [
        # x / (1 + exp(-x)), and x cut at 0 and 6.
        (_B0, [-0.26894143, 0.0, 0.73105858, 6.99362349]),
        (_LITE0, [0.0, 0.0, 1.0, 6.0]),
    ],
    ids=["swish", "relu6"],
)
def test_the_activation_is_the_variants(session, config, expected):
    outputs = session.run(layers.activation(tf.constant([-1.0, 0.0, 1.0, 7.0]), config))

    np.testing.assert_allclose(outputs, expected, rtol=1e-5)


def test_squeeze_and_excite_gates_channels_by_the_means_of_all(session):
    images = golden.images(seed=0, batch=2, height=3, width=5)
    outputs = layers.squeeze_excite(tf.constant(images), 2)
    weights = golden.fill(session)

    def sigmoid(values):
        return 1 / (1 + np.exp(-values))

    squeezed = images.mean((1, 2)) @ weights["se/conv2d/kernel"][0, 0]
    squeezed += weights["se/conv2d/bias"]
    gates = (squeezed * sigmoid(squeezed)) @ weights["se/conv2d_1/kernel"][0, 0]
    gates = sigmoid(gates + weights["se/conv2d_1/bias"])
    np.testing.assert_allclose(
        session.run(outputs), images * gates[:, np.newaxis, np.newaxis], rtol=1e-5
    )


def test_stochastic_depth_drops_whole_examples_and_scales_the_others(session):
    tf.set_random_seed(0)
    outputs = layers.stochastic_depth(tf.ones([1000, 2, 3, 4]), 0.8)

    examples = session.run(outputs).reshape([1000, -1])

    np.testing.assert_array_equal(examples.min(1), examples.max(1))
    np.testing.assert_allclose(np.unique(examples), [0, 1.25], rtol=1e-6)
    assert np.mean(examples > 0) == pytest.approx(0.8, abs=0.05)


def test_dropout_drops_single_features_and_scales_the_others(session):
    tf.set_random_seed(0)
    outputs = layers.dropout(tf.ones([100, 100]), 0.3)

    features = session.run(outputs)

    np.testing.assert_allclose(np.unique(features), [0, 1 / 0.7], rtol=1e-6)
    assert np.mean(features > 0) == pytest.approx(0.7, abs=0.02)
    assert np.mean(features > 0, axis=0).min() > 0.4, "features are dropped together"
    assert np.mean(features > 0, axis=1).min() > 0.4, "examples are dropped whole"
    assert (session.run(outputs) != features).any(), "the mask is always the same"
