"""Promises of the graph for model servers, checked by TensorFlow's own loaders."""

from __future__ import annotations

from typing import Mapping

import numpy as np
import tensorflow.compat.v1 as tf

from ...signatures import names as signatures_lib
from ...signatures import tag_sets
from . import promise
from . import subject as subject_lib


def _serves(subject: subject_lib.Subject) -> None:
    served = subject.serve()
    outputs = subject.outputs(subject.small_size)[signatures_lib.DEFAULT]
    name = "logits" if subject.is_classifier else "feature_vector"
    promise.expect(
        name in served,
        f"'serving_default' must have the output '{name}', found {sorted(served)}",
    )
    promise.expect_close(
        served[name], outputs[signatures_lib.DEFAULT], f"'{name}' served and 'default'"
    )
    if subject.is_classifier:
        _expect_probabilities(served)


def _expect_probabilities(served: Mapping[str, np.ndarray]) -> None:
    promise.expect(
        "probabilities" in served,
        "'serving_default' must have the output 'probabilities', found "
        f"{sorted(served)}",
    )
    logits = served["logits"].astype(np.float64)
    exponentials = np.exp(logits - logits.max(axis=1, keepdims=True))
    softmax = exponentials / exponentials.sum(axis=1, keepdims=True)
    promise.expect(
        bool(np.allclose(served["probabilities"], softmax, rtol=1e-3, atol=1e-6)),
        "'probabilities' must be the softmax of 'logits'",
    )


def _serves_eagerly(subject: subject_lib.Subject) -> None:
    expected = subject.serve()
    if not tf.executing_eagerly():
        raise promise.UncheckedError("needs TensorFlow 2")
    loaded = tf.compat.v2.saved_model.load(
        subject.directory, tags=sorted(tag_sets.SERVE)
    )
    batch = tf.convert_to_tensor(subject_lib.images(subject.small_size))
    signature = loaded.signatures[signatures_lib.SERVING_DEFAULT]
    outputs = signature(**{signatures_lib.IMAGES: batch})
    promise.expect(
        set(outputs) == set(expected),
        f"both loaders must find the outputs {sorted(expected)}, found "
        f"{sorted(outputs)}",
    )
    for name, output in outputs.items():
        promise.expect_close(output.numpy(), expected[name], f"'{name}' by both")


PROMISES = (
    promise.Promise("serves the same by TensorFlow's own loader", _serves),
    promise.Promise("serves the same by tf.saved_model.load", _serves_eagerly),
)
