"""The tag set {"serve"} in TensorFlow 2's own `tf.saved_model.load`."""

import agreement
import pytest
import tensorflow as tf


@pytest.mark.parametrize("module", ["b0", "lite0"])
def test_classification(modules, module, photographs, reference):
    outputs = _serve(modules + "/" + module, photographs)

    agreement.assert_right(outputs["logits"], module, reference)


def test_feature_vector(modules, photographs, reference):
    outputs = _serve(modules + "/b0-feature-vector", photographs)

    agreement.assert_agree(outputs["feature_vector"], reference["b0/features"])


def _serve(path, images):
    loaded = tf.saved_model.load(path, tags=["serve"])
    return loaded.signatures["serving_default"](tf.constant(images))
