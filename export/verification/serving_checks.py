"""Promises of the graph for model servers, checked by TensorFlow's own loader."""

from __future__ import annotations

import numpy as np
import tensorflow.compat.v1 as tf

from ...signatures import names as signatures_lib
from ...signatures import tag_sets
from . import promise


def _serves(subject):
    subject.meta_graph(tag_sets.SERVE)
    images = subject.images()
    outputs = _served(subject.directory, images)
    expected = subject.run(signatures_lib.DEFAULT, images)[signatures_lib.DEFAULT]
    name = "logits" if subject.is_classifier else "feature_vector"
    promise.expect(
        name in outputs,
        "'serving_default' has no output '%s': %s",
        name,
        sorted(outputs),
    )
    promise.expect_close(outputs[name], expected, f"'{name}' served and 'default'")
    if subject.is_classifier:
        _expect_probabilities(outputs)


def _served(directory: str, images: np.ndarray) -> dict[str, np.ndarray]:
    with tf.Graph().as_default(), tf.Session() as session:
        meta_graph = tf.saved_model.loader.load(
            session, sorted(tag_sets.SERVE), directory
        )
        signature = meta_graph.signature_def[signatures_lib.SERVING_DEFAULT]
        feed = {signature.inputs[signatures_lib.IMAGES].name: images}
        fetches = {key: info.name for key, info in signature.outputs.items()}
        return session.run(fetches, feed)


def _expect_probabilities(outputs: dict[str, np.ndarray]) -> None:
    promise.expect(
        "probabilities" in outputs, "'serving_default' has no output 'probabilities'"
    )
    logits = outputs["logits"].astype(np.float64)
    exponentials = np.exp(logits - logits.max(axis=1, keepdims=True))
    softmax = exponentials / exponentials.sum(axis=1, keepdims=True)
    promise.expect(
        bool(np.allclose(outputs["probabilities"], softmax, rtol=1e-3, atol=1e-6)),
        "'probabilities' must be the softmax of 'logits'",
    )


def _serves_eagerly(subject):
    subject.meta_graph(tag_sets.SERVE)
    if not tf.executing_eagerly():
        raise promise.UncheckedError("needs TensorFlow 2")
    images = subject.images()
    tags = sorted(tag_sets.SERVE)
    loaded = tf.compat.v2.saved_model.load(subject.directory, tags=tags)
    signature = loaded.signatures[signatures_lib.SERVING_DEFAULT]
    outputs = signature(**{signatures_lib.IMAGES: tf.convert_to_tensor(images)})
    expected = _served(subject.directory, images)
    for name, output in outputs.items():
        promise.expect_close(output.numpy(), expected[name], f"'{name}' by both")


PROMISES = (
    promise.Promise("serves the same by TensorFlow's own loader", _serves),
    promise.Promise("serves the same by tf.saved_model.load", _serves_eagerly),
)
