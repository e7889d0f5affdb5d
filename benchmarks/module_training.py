"""Runs steps of fine-tuning with `hub.Module`, as a TF1 program does."""

from __future__ import annotations

import numpy as np
import tensorflow.compat.v1 as tf


class ModuleTraining:
    """A graph that fine-tunes a module, and a session with its weights."""

    def __init__(self, session, fetches, feeds):
        """Use `training` to create one."""
        self._session = session
        self._fetches = fetches
        self._feeds = feeds

    def step(self) -> float:
        """Trains one step and returns the loss."""
        return float(self._session.run(self._fetches, self._feeds)[0])

    def trace(self) -> tf.RunMetadata:
        """Trains one step under TensorFlow's tracer and returns the trace."""
        metadata = tf.RunMetadata()
        options = tf.RunOptions(trace_level=tf.RunOptions.FULL_TRACE)
        self._session.run(self._fetches, self._feeds, options, metadata)
        return metadata


def training(path: str, images: np.ndarray, labels: np.ndarray) -> ModuleTraining:
    """Loads a module for training.

    Momentum, update ops and regularization losses included.

    Args:
      path: the module.
      images: float32 `[batch, height, width, 3]`, RGB in [0, 1].
      labels: int32 `[batch]`.
    """
    import tensorflow_hub as hub

    graph = tf.Graph()
    with graph.as_default():
        module = hub.Module(path, trainable=True, tags={"train"})
        images_fed = tf.placeholder(tf.float32, (None,) + images.shape[1:])
        labels_fed = tf.placeholder(tf.int32, [None])
        loss = tf.losses.sparse_softmax_cross_entropy(labels_fed, module(images_fed))
        loss += tf.losses.get_regularization_loss()
        optimizer = tf.train.MomentumOptimizer(learning_rate=0.001, momentum=0.9)
        with tf.control_dependencies(tf.get_collection(tf.GraphKeys.UPDATE_OPS)):
            train_op = optimizer.minimize(loss)
        session = tf.Session()
        session.run(tf.global_variables_initializer())
    feeds = {images_fed: images, labels_fed: labels}
    return ModuleTraining(session, [loss, train_op], feeds)
