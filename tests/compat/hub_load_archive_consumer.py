"""A TF2 program's `hub.load` of a published module, by its address."""

import agreement
import tensorflow as tf
import tensorflow_hub as hub


def test_classification(archive_url, photographs, reference):
    loaded = hub.load(archive_url)
    logits = loaded.signatures["default"](tf.constant(photographs))["default"]

    agreement.assert_right(logits, "b0", reference)
