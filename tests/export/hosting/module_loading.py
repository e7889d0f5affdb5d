"""Loads a module by its address as a program of TensorFlow 1 does."""

from __future__ import annotations

import numpy as np
import tensorflow.compat.v1 as tf

from efficientnet_hub import dependencies


def logits(address: str, images: np.ndarray) -> np.ndarray:
    """Loads a module with hub.Module, and returns its outputs for images."""
    hub = dependencies.tensorflow_hub_with_module()
    with tf.Graph().as_default(), tf.Session() as session:
        computed = hub.Module(address)(images)
        session.run(tf.global_variables_initializer())
        return session.run(computed)
