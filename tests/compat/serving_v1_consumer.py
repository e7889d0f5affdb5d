"""The tag set {"serve"} in TensorFlow 1's SavedModel loader: model servers' way."""

import agreement
import numpy as np
import pytest
import tensorflow

tf = tensorflow.compat.v1


@pytest.mark.parametrize("module", ["b0", "lite0"])
def test_classification(modules, module, photographs, reference):
    outputs = _serve(modules + "/" + module, photographs)

    agreement.assert_right(outputs["logits"], module, reference)
    np.testing.assert_allclose(outputs["probabilities"].sum(axis=1), 1, atol=1e-5)


def test_feature_vector(modules, photographs, reference):
    outputs = _serve(modules + "/b0-feature-vector", photographs)

    agreement.assert_agree(outputs["feature_vector"], reference["b0/features"])


def _serve(path, images):
    """Returns the outputs of 'serving_default' by name."""
    with tf.Graph().as_default(), tf.Session() as session:
        meta_graph = tf.saved_model.loader.load(session, ["serve"], path)
        signature = meta_graph.signature_def["serving_default"]
        outputs = {name: info.name for name, info in signature.outputs.items()}
        return session.run(outputs, {signature.inputs["images"].name: images})
