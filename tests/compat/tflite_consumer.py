"""The tag set {"serve"} converted to TensorFlow Lite."""

import agreement
import pytest
import tensorflow as tf


@pytest.mark.parametrize("module", ["b0", "lite0"])
def test_classification(modules, module, photographs, reference):
    converter = tf.lite.TFLiteConverter.from_saved_model(
        modules + "/" + module, tags={"serve"}, signature_keys=["serving_default"]
    )
    interpreter = tf.lite.Interpreter(model_content=converter.convert())

    agreement.assert_right(_logits(interpreter, photographs), module, reference)


def _logits(interpreter, images):
    (images_input,) = interpreter.get_input_details()
    interpreter.resize_tensor_input(images_input["index"], images.shape)
    runner = interpreter.get_signature_runner("serving_default")
    return runner(images=images)["logits"]
