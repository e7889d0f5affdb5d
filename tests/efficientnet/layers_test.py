"""Compares each layer with values computed by hand or with numpy."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow.compat.v1 as tf

from efficientnet_hub.efficientnet import batch_norm, layers
from efficientnet_hub.efficientnet import config as config_lib
from efficientnet_hub.tests import golden

_B0 = config_lib.get_config("efficientnet-b0")
_LITE0 = config_lib.get_config("efficientnet-lite0")

# How many pixels of an image a 3 x 3 kernel covers, with SAME padding: an even
# size is padded only at its end if the stride is 2.
_COVERED = {
    (4, 1): [[4, 6, 6, 4], [6, 9, 9, 6], [6, 9, 9, 6], [4, 6, 6, 4]],
    (4, 2): [[9, 6], [6, 4]],
    (5, 2): [[4, 6, 4], [6, 9, 6], [4, 6, 4]],
}


@pytest.fixture(name="session")
def _session():
    with tf.Graph().as_default(), tf.Session() as session:
        yield session


def _inference(channels, name="norm"):
    mode = batch_norm.Mode(epsilon=1e-3, update_rate=None)
    return batch_norm.BatchNorm(channels, mode, name)


def _run_with_ones(session, layer, images):
    """Returns the outputs of a layer whose variables are all 1."""
    with tf.variable_scope("layer", initializer=tf.ones_initializer()):
        outputs = layer(tf.constant(images))
    session.run(tf.global_variables_initializer())
    return session.run(outputs)


def _normalized(values):
    """Returns the inference output of a batch norm whose variables are all 1."""
    return (np.array(values) - 1) / np.sqrt(1.001) + 1


# More pixels than a kernel has weights for each filter, and fewer.
for_folded_and_not = pytest.mark.parametrize(
    "pixels", [10**6, 1], ids=["folded", "normalized"]
)


@for_folded_and_not
@pytest.mark.parametrize(("size", "stride"), list(_COVERED))
def test_a_convolution_has_same_padding(session, size, stride, pixels):
    outputs = _run_with_ones(
        session,
        lambda images: layers.normalized_conv2d(
            images, layers.conv2d_kernel(1, 2, 3), _inference(2), pixels, stride
        ),
        np.ones([1, size, size, 1], np.float32),
    )

    for channel in range(2):
        np.testing.assert_allclose(
            outputs[0, :, :, channel], _normalized(_COVERED[size, stride]), rtol=1e-5
        )


# The same with as many zeros on each side, computed by hand.
_COVERED_SYMMETRICALLY = {
    (4, 1): _COVERED[4, 1],
    (4, 2): [[4, 6], [6, 9]],
    (5, 2): [[4, 6, 4], [6, 9, 6], [4, 6, 4]],
}


@for_folded_and_not
@pytest.mark.parametrize(("size", "stride"), list(_COVERED_SYMMETRICALLY))
@pytest.mark.parametrize("is_depthwise", [False, True])
def test_symmetric_padding_is_the_same_on_each_side(
    session, size, stride, is_depthwise, pixels
):
    def layer(images):
        if is_depthwise:
            kernel, apply = (
                layers.depthwise_kernel(1, 3),
                layers.normalized_depthwise_conv2d,
            )
        else:
            kernel, apply = layers.conv2d_kernel(1, 1, 3), layers.normalized_conv2d
        return apply(images, kernel, _inference(1), pixels, stride, "symmetric")

    outputs = _run_with_ones(session, layer, np.ones([1, size, size, 1], np.float32))

    expected = _normalized(_COVERED_SYMMETRICALLY[size, stride])
    np.testing.assert_allclose(outputs[0, :, :, 0], expected, rtol=1e-5)


@for_folded_and_not
@pytest.mark.parametrize(("size", "stride"), list(_COVERED))
def test_a_depthwise_convolution_does_not_mix_channels(session, size, stride, pixels):
    outputs = _run_with_ones(
        session,
        lambda images: layers.normalized_depthwise_conv2d(
            images, layers.depthwise_kernel(2, 3), _inference(2), pixels, stride
        ),
        np.stack([np.ones([1, size, size]), np.zeros([1, size, size])], -1).astype("f"),
    )

    np.testing.assert_allclose(
        outputs[0, :, :, 0], _normalized(_COVERED[size, stride]), rtol=1e-5
    )
    np.testing.assert_allclose(outputs[0, :, :, 1], _normalized(0), atol=1e-6)


@for_folded_and_not
def test_a_pointwise_convolution_is_a_matrix_product(session, pixels):
    images = golden.images(seed=0, batch=2, height=3, width=5)
    kernel = layers.conv2d_kernel(3, 4)
    outputs = layers.normalized_conv2d(
        tf.constant(images), kernel, _inference(4), pixels
    )
    weights = golden.fill(session)

    np.testing.assert_allclose(
        session.run(outputs),
        (images @ weights["conv2d/kernel"][0, 0] - weights["norm/moving_mean"])
        / np.sqrt(weights["norm/moving_variance"] + 1e-3)
        * weights["norm/gamma"]
        + weights["norm/beta"],
        rtol=1e-5,
        atol=1e-5,
    )


def _ops(outputs) -> list[str]:
    return [op.type for op in outputs.graph.get_operations()]


@pytest.mark.parametrize(("pixels", "folds"), [(27, False), (28, True)])
def test_the_scale_is_folded_into_a_kernel_smaller_than_the_outputs(pixels, folds):
    with tf.Graph().as_default():
        kernel = layers.conv2d_kernel(3, 4, 3)
        images = tf.zeros([1, 8, 8, 3])
        outputs = layers.normalized_conv2d(images, kernel, _inference(4), pixels)

        assert ("FusedBatchNormV3" not in _ops(outputs)) == folds
        assert ("Rsqrt" in _ops(outputs)) == folds


@pytest.mark.parametrize(("pixels", "folds"), [(9, False), (10, True)])
def test_the_scale_is_folded_into_a_depthwise_kernel(pixels, folds):
    with tf.Graph().as_default():
        kernel = layers.depthwise_kernel(3, 3)
        images = tf.zeros([1, 8, 8, 3])
        outputs = layers.normalized_depthwise_conv2d(
            images, kernel, _inference(3), pixels
        )

        assert ("FusedBatchNormV3" not in _ops(outputs)) == folds
        assert ("Rsqrt" in _ops(outputs)) == folds


def test_gradients_are_the_same_whether_folded_or_not(session):
    images = tf.constant(golden.images(seed=0, batch=2, height=6, width=5))
    kernel, depthwise = layers.conv2d_kernel(3, 4, 3), layers.depthwise_kernel(4, 3)
    norms = [_inference(4, "first"), _inference(4, "second")]
    losses = []
    for pixels in (10**6, 1):
        net = layers.normalized_conv2d(images, kernel, norms[0], pixels)
        net = layers.normalized_depthwise_conv2d(
            layers.swish(net), depthwise, norms[1], pixels
        )
        losses.append(tf.reduce_sum(net * tf.sin(net)))
    folded, normalized = (tf.gradients(loss, tf.global_variables()) for loss in losses)
    golden.fill(session)

    # The gradient of FusedBatchNorm treats the averages as constants.
    trainable = [v in tf.trainable_variables() for v in tf.global_variables()]
    assert trainable.count(True) == 6
    for is_trainable, one, other in zip(trainable, folded, normalized):
        if is_trainable:
            found, expected = session.run([one, other])
            scale = np.abs(expected).max()
            np.testing.assert_allclose(found, expected, atol=1e-4 * scale)


def test_a_dense_layer_is_a_matrix_product_and_a_bias(session):
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


@pytest.mark.parametrize(
    ("config", "expected"),
    [
        # x / (1 + exp(-x)), and x clipped to [0, 6].
        (_B0, [-0.26894143, 0.0, 0.73105858, 6.99362349]),
        (_LITE0, [0.0, 0.0, 1.0, 6.0]),
    ],
    ids=["swish", "relu6"],
)
def test_the_activation_depends_on_the_variant(session, config, expected):
    outputs = session.run(layers.activation(tf.constant([-1.0, 0.0, 1.0, 7.0]), config))

    np.testing.assert_allclose(outputs, expected, rtol=1e-5)


def test_squeeze_and_excite_gates_channels_by_the_means_of_all_channels(session):
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
