"""A small Keras model with random weights, saved by Keras itself."""

from __future__ import annotations

import numpy as np
import tensorflow as tf


def make_keras():
    """Returns Keras 2, which TensorFlow from 2.16 on has under another name."""
    try:
        import tf_keras
    except ImportError:
        return tf.keras
    return tf_keras


def make_model():
    """Returns a model of three layers with weights, whose weights are all different."""
    keras = make_keras()
    keras.backend.clear_session()
    model = keras.Sequential(
        [
            keras.layers.InputLayer((8, 8, 3)),
            keras.layers.Conv2D(4, 3, name="stem_conv"),
            keras.layers.BatchNormalization(name="stem_bn"),
            keras.layers.Normalization(mean=None, name="normalization"),
        ]
    )
    random = np.random.RandomState(1)
    model.set_weights(
        [
            value if value.dtype.kind == "i" else random.rand(*value.shape)
            for value in model.get_weights()
        ]
    )
    return model


def values(model) -> dict[str, np.ndarray]:
    """Returns the value of each variable of numbers that are no integers, by name."""
    return {
        variable.name.split(":")[0]: variable.numpy()
        for variable in model.variables
        if variable.dtype.is_floating
    }
