"""Keras Applications' EfficientNetB2: its logits, and a step of its training."""

from __future__ import annotations

from typing import Callable

import numpy as np
import tensorflow as tf


def logits() -> Callable[[np.ndarray], np.ndarray]:
    """Returns a compiled function from images, RGB in [0, 255], to logits."""
    model = tf.keras.applications.EfficientNetB2(
        weights=None, classifier_activation=None
    )

    @tf.function
    def infer(images):
        return model(images, training=False)

    return lambda images: infer(tf.constant(images)).numpy()


def training_step(images: np.ndarray, labels: np.ndarray) -> Callable[[], float]:
    """Returns a function that trains one step and returns the loss.

    SGD with momentum, without L2 regularization, which Keras' model does not have.

    Args:
      images: float32 `[batch, height, width, 3]`, RGB in [0, 255].
      labels: int32 `[batch]`.
    """
    model = tf.keras.applications.EfficientNetB2(
        weights=None, classifier_activation=None, input_shape=images.shape[1:]
    )
    optimizer = tf.keras.optimizers.SGD(learning_rate=0.001, momentum=0.9)
    loss_of = tf.keras.losses.SparseCategoricalCrossentropy(from_logits=True)

    @tf.function
    def step(images, labels):
        with tf.GradientTape() as tape:
            loss = loss_of(labels, model(images, training=True))
        gradients = tape.gradient(loss, model.trainable_variables)
        optimizer.apply_gradients(zip(gradients, model.trainable_variables))
        return loss

    return lambda: float(step(tf.constant(images), tf.constant(labels)))
