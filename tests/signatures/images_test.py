"""The names, inputs and outputs of the image signatures."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow.compat.v1 as tf

from efficientnet_hub.signatures import images as signatures


@pytest.fixture(autouse=True)
def _graph():
    with tf.Graph().as_default():
        yield


def _module_signatures(logits):
    """Returns a module's signatures by name, and their tensors."""
    tensors = {
        "images": signatures.images_input(),
        "momentum": signatures.batch_norm_momentum_input(0.99),
        "endpoint": tf.zeros([2, 7, 7, 16]),
        "features": tf.zeros([2, 16]),
    }
    made = signatures.module_signatures(
        tensors["images"],
        tensors["momentum"],
        {"net/reduction_1": tensors["endpoint"]},
        tensors["features"],
        logits,
    )
    return {signature.name: signature for signature in made}, tensors


def test_images_may_have_any_batch_and_size():
    images = signatures.images_input()

    assert images.op.type == "Placeholder"
    assert images.dtype == tf.float32
    assert images.shape.as_list() == [None, None, None, 3]


def test_momentum_is_a_scalar_with_a_default():
    momentum = signatures.batch_norm_momentum_input(0.75)

    assert momentum.dtype == tf.float32
    assert momentum.shape.as_list() == []
    with tf.Session() as session:
        assert session.run(momentum) == 0.75
        assert session.run(momentum, {momentum: 0.5}) == 0.5


def test_a_classification_module_classifies_by_default():
    logits = tf.zeros([2, 10])
    made, tensors = _module_signatures(logits)

    assert {name: made[name].outputs["default"] for name in made} == {
        "default": logits,
        "image_classification": logits,
        "image_classification_with_bn_hparams": logits,
        "image_feature_vector": tensors["features"],
        "image_feature_vector_with_bn_hparams": tensors["features"],
    }


def test_a_feature_vector_module_has_no_classification():
    made, tensors = _module_signatures(logits=None)

    assert {name: made[name].outputs["default"] for name in made} == {
        "default": tensors["features"],
        "image_feature_vector": tensors["features"],
        "image_feature_vector_with_bn_hparams": tensors["features"],
    }


@pytest.mark.parametrize("classes", [10, None])
def test_every_signature_returns_the_endpoints(classes):
    made, tensors = _module_signatures(tf.zeros([2, classes]) if classes else None)

    for signature in made.values():
        assert set(signature.outputs) == {"default", "net/reduction_1"}
        assert signature.outputs["net/reduction_1"] is tensors["endpoint"]


@pytest.mark.parametrize("classes", [10, None])
def test_only_the_bn_hparams_signatures_have_a_momentum(classes):
    made, tensors = _module_signatures(tf.zeros([2, classes]) if classes else None)

    for name, signature in made.items():
        expected = {"images": tensors["images"]}
        if name.endswith("_with_bn_hparams"):
            expected["batch_norm_momentum"] = tensors["momentum"]
        assert signature.inputs == expected, name


def test_serving_returns_logits_and_probabilities():
    images = signatures.images_input()
    logits = tf.constant([[0.0, np.log(3.0)], [5.0, 5.0]], tf.float32)

    signature = signatures.serving_signature(images, tf.zeros([2, 16]), logits)

    assert signature.name == "serving_default"
    assert signature.inputs == {"images": images}
    assert set(signature.outputs) == {"logits", "probabilities"}
    assert signature.outputs["logits"] is logits
    assert signature.method_name == "tensorflow/serving/predict"
    with tf.Session() as session:
        np.testing.assert_allclose(
            session.run(signature.outputs["probabilities"]),
            [[0.25, 0.75], [0.5, 0.5]],
            rtol=1e-6,
        )


def test_serving_a_feature_vector_module_returns_the_features():
    features = tf.zeros([2, 16])

    signature = signatures.serving_signature(signatures.images_input(), features, None)

    assert signature.outputs == {"feature_vector": features}
