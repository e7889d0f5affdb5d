"""A TF1 program's use of `hub.Module`: tag sets, signatures, the right answers."""

import agreement
import numpy as np
import pytest
import tensorflow
import tensorflow_hub as hub
from google.protobuf import struct_pb2

tf = tensorflow.compat.v1

FEATURE_SIGNATURES = {
    "default",
    "image_feature_vector",
    "image_feature_vector_with_bn_hparams",
}
CLASSIFIER_SIGNATURES = FEATURE_SIGNATURES | {
    "image_classification",
    "image_classification_with_bn_hparams",
}
SIGNATURES = {
    "b0": CLASSIFIER_SIGNATURES,
    "b0-feature-vector": FEATURE_SIGNATURES,
    "lite0": CLASSIFIER_SIGNATURES,
}
NUM_CLASSES, NUM_FEATURES = 1000, 1280

every_module = pytest.mark.parametrize("module", sorted(SIGNATURES))


@every_module
def test_tag_sets(modules, module):
    tag_sets = hub.load_module_spec(modules + "/" + module).get_tags()

    assert set(tag_sets) == {frozenset(), frozenset(["train"]), frozenset(["serve"])}


@every_module
def test_expected_image_size(modules, module):
    spec = hub.load_module_spec(modules + "/" + module)

    assert list(hub.get_expected_image_size(spec)) == [224, 224]


def test_class_names(modules):
    spec = hub.load_module_spec(modules + "/lite0")

    names = spec.get_attached_message("class_names", struct_pb2.ListValue, tags=set())

    officer, cat, cup = agreement.PHOTOGRAPHED_CLASSES
    assert len(names) == NUM_CLASSES
    assert names[officer] == "military uniform"
    assert names[cat] == "Egyptian cat"
    assert names[cup] == "espresso"


@every_module
@pytest.mark.parametrize("tags", [(), ("train",)], ids=["inference", "train"])
def test_signatures(modules, module, tags):
    spec = hub.load_module_spec(modules + "/" + module)

    assert set(spec.get_signature_names(tags)) == SIGNATURES[module]


def test_inference(modules, photographs, reference):
    outputs = _outputs_by_signature(modules + "/b0", set(), photographs)

    assert set(outputs) == CLASSIFIER_SIGNATURES
    for signature, output in outputs.items():
        if _is_classification(signature):
            agreement.assert_right(output["default"], "b0", reference)
        else:
            agreement.assert_agree(output["default"], reference["b0/features"])


# The other modules differ from b0 in what `default` is, and in their ops.


def test_default_of_a_feature_vector(modules, photographs, reference):
    path = modules + "/b0-feature-vector"

    outputs = _outputs_by_signature(path, set(), photographs, ["default"])

    agreement.assert_agree(outputs["default"]["default"], reference["b0/features"])


def test_default_of_pretrained_weights(modules, photographs, reference):
    path = modules + "/lite0"

    outputs = _outputs_by_signature(path, set(), photographs, ["default"])

    agreement.assert_right(outputs["default"]["default"], "lite0", reference)


def test_training_graph(modules):
    images = np.random.RandomState(0).uniform(size=[2, 40, 33, 3]).astype(np.float32)

    outputs = _outputs_by_signature(modules + "/b0", {"train"}, images)

    assert set(outputs) == CLASSIFIER_SIGNATURES
    for signature, output in outputs.items():
        size = NUM_CLASSES if _is_classification(signature) else NUM_FEATURES
        assert output["default"].shape == (2, size)
        assert output["efficientnet-b0/reduction_3"].shape == (2, 5, 5, 40)
        assert all(np.isfinite(value).all() for value in output.values())


def _is_classification(signature):
    return signature == "default" or signature.startswith("image_classification")


def _outputs_by_signature(path, tags, images, signatures=None):
    """Runs the given signatures of a module, or all, in one graph of its own."""
    with tf.Graph().as_default(), tf.Session() as session:
        module = hub.Module(path, trainable=True, tags=tags)
        batch = tf.placeholder(tf.float32, [None] + list(images.shape[1:]))
        outputs = {
            signature: _apply(module, signature, batch)
            for signature in signatures or module.get_signature_names()
        }
        session.run(tf.global_variables_initializer())
        _check_static_shapes(outputs)
        return session.run(outputs, {batch: images})


def _check_static_shapes(outputs):
    """Puts a dense layer on each output, which needs the number of channels.

    Two outputs of one name and one shape have one layer: layers take most of the time.
    """
    of_outputs = {
        (key, tuple(output.shape.as_list())): output
        for signature in outputs.values()
        for key, output in signature.items()
    }
    for output in of_outputs.values():
        assert tf.layers.dense(output, 7).shape.as_list()[-1] == 7


def _apply(module, signature, images):
    inputs = {"images": images}
    if signature.endswith("with_bn_hparams"):
        inputs["batch_norm_momentum"] = 0.9
    return module(inputs, signature=signature, as_dict=True)
