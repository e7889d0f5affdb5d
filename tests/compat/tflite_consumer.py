"""The tag set {"serve"} converted to TensorFlow Lite."""

import agreement
import numpy as np
import pytest
import tensorflow

tf = tensorflow.compat.v1


@pytest.mark.parametrize("module", ["b0", "lite0"])
def test_classification(modules, module, photographs, reference):
    path = modules + "/" + module
    if tf.__version__.startswith("1."):
        logits = _classify_in_tensorflow_1(path, photographs)
    else:
        logits = _classify(path, photographs)

    agreement.assert_right(logits, module, reference)


def _classify(path, images):
    converter = tensorflow.lite.TFLiteConverter.from_saved_model(
        path, tags={"serve"}, signature_keys=["serving_default"]
    )
    interpreter = tensorflow.lite.Interpreter(model_content=converter.convert())
    (images_input,) = interpreter.get_input_details()
    interpreter.resize_tensor_input(images_input["index"], images.shape)
    runner = interpreter.get_signature_runner("serving_default")
    return runner(images=images)["logits"]


def _classify_in_tensorflow_1(path, images):
    """Converts for images of a fixed size; runs the result one image at a time."""
    converter = tf.lite.TFLiteConverter.from_saved_model(
        path, tag_set={"serve"}, input_shapes={"images": [1, *images.shape[1:]]}
    )
    interpreter = tf.lite.Interpreter(model_content=converter.convert())
    interpreter.allocate_tensors()
    (images_input,) = interpreter.get_input_details()
    (output,) = [
        details
        for details in interpreter.get_output_details()
        if details["name"] == _find_logits(path)
    ]
    logits = []
    for image in images:
        interpreter.set_tensor(images_input["index"], image[np.newaxis])
        interpreter.invoke()
        logits.append(interpreter.get_tensor(output["index"])[0])
    return np.stack(logits)


def _find_logits(path):
    """Returns the node that computes the logits."""
    with tf.Graph().as_default(), tf.Session() as session:
        meta_graph = tf.saved_model.loader.load(session, ["serve"], path)
    outputs = meta_graph.signature_def["serving_default"].outputs
    return outputs["logits"].name.split(":")[0]
