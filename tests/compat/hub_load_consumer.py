"""A TF2 program's use of `hub.load`."""

import agreement
import tensorflow as tf
import tensorflow_hub as hub


def test_classification(modules, photographs, reference):
    signatures = hub.load(modules + "/lite0").signatures
    logits = signatures["default"](tf.constant(photographs))["default"]

    agreement.assert_right(logits, "lite0", reference)


def test_every_task(modules, photographs, reference):
    signatures = hub.load(modules + "/b0").signatures
    logits = signatures["image_classification"](tf.constant(photographs))["default"]
    features = signatures["image_feature_vector"](tf.constant(photographs))["default"]

    agreement.assert_right(logits, "b0", reference)
    agreement.assert_agree(features, reference["b0/features"])


def test_feature_vector(modules, photographs, reference):
    signatures = hub.load(modules + "/b0-feature-vector").signatures
    features = signatures["default"](tf.constant(photographs))["default"]

    agreement.assert_agree(features, reference["b0/features"])


def test_training_graph(modules, photographs):
    signatures = hub.load(modules + "/b0", tags={"train"}).signatures
    logits = signatures["default"](tf.constant(photographs))["default"]

    assert logits.shape == [3, 1000]
