"""The module in a training program: one graph and session for all checks."""

from __future__ import annotations

import dataclasses

import numpy as np
import tensorflow.compat.v1 as tf

from ... import dependencies
from ...efficientnet import network
from ...signatures import names as signatures_lib
from . import promise

_LEARNING_RATE = 1e-3


@dataclasses.dataclass(frozen=True)
class Application:
    """One application of the module.

    Attributes:
      outputs: its outputs by name.
      updates: the update ops that came with it.
    """

    outputs: dict[str, tf.Tensor]
    updates: list[tf.Operation]

    @property
    def default(self) -> tf.Tensor:
        """The output 'default'."""
        return self.outputs[signatures_lib.DEFAULT]

    def endpoint(self, name: str) -> tf.Tensor:
        """The output of that endpoint, under whatever architecture's name."""
        for key, output in self.outputs.items():
            if key.endswith("/" + name):
                return output
        raise promise.AbsentError(f"there is no endpoint '{name}'")


class Trainer:
    """A module imported for fine-tuning.

    Attributes:
      images: what the module is applied to, unless a feed says otherwise.
      variables: the module's variables by name.
    """

    def __init__(self, directory: str, images: np.ndarray):
        hub = dependencies.tensorflow_hub_with_module()
        self.images = images
        self._graph = tf.Graph()
        with self._graph.as_default():
            self._images = tf.placeholder_with_default(images, [None, None, None, 3])
            self._momentum = tf.placeholder(tf.float32, [])
            self._module = hub.Module(directory, trainable=True, tags={"train"})
            self.variables = self._module.variable_map
            self._initializer = tf.global_variables_initializer()
            self._session = tf.Session()
        self._applications = {}
        self._training = None

    def initialize(self) -> None:
        """Sets all variables to the module's own values."""
        self._session.run(self._initializer)

    def run(self, fetches, images: np.ndarray | None = None, momentum: float = 0.99):
        """Evaluates tensors or ops of the graph."""
        feeds = {self._momentum: momentum}
        if images is not None:
            feeds[self._images] = images
        return self._session.run(fetches, feeds)

    def apply(self, signature: str) -> Application:
        """Applies a signature; the same application for the same signature."""
        if signature not in self._applications:
            with self._graph.as_default():
                self._applications[signature] = self._apply(signature)
        return self._applications[signature]

    def _apply(self, signature: str) -> Application:
        inputs = {signatures_lib.IMAGES: self._images}
        if signature.endswith(signatures_lib.WITH_BN_HPARAMS):
            inputs[signatures_lib.BATCH_NORM_MOMENTUM] = self._momentum
        others = len(tf.get_collection(tf.GraphKeys.UPDATE_OPS))
        outputs = self._module(inputs, signature=signature, as_dict=True)
        updates = tf.get_collection(tf.GraphKeys.UPDATE_OPS)[others:]
        return Application(outputs, updates)

    def classify(self, features: tf.Tensor) -> tf.Tensor:
        """Applies the classifier's variables to features, without dropout."""
        kernel, bias = (
            next((v for n, v in self.variables.items() if n.endswith(suffix)), None)
            for suffix in network.CLASSIFIER_VARIABLES
        )
        if kernel is None or bias is None:
            raise promise.AbsentError("the classifier's variables have other names")
        with self._graph.as_default():
            return tf.matmul(features, kernel) + bias

    def trainable(self) -> list[tf.Variable]:
        """The variables that `hub.Module` makes trainable."""
        return self._graph.get_collection(tf.GraphKeys.TRAINABLE_VARIABLES)

    def regularization_losses(self) -> list[tf.Tensor]:
        """The losses that came with the module."""
        return self._graph.get_collection(tf.GraphKeys.REGULARIZATION_LOSSES)

    def training(self) -> tuple[list[tf.Tensor | None], tf.Operation]:
        """The gradients of a loss, one a trainable variable, and a training step."""
        if self._training is None:
            application = self.apply(signatures_lib.DEFAULT)
            with self._graph.as_default():
                self._training = self._build_training(application)
        return self._training

    def _build_training(self, application: Application):
        trainable = self.trainable()
        loss = tf.reduce_mean(tf.square(application.default - 1.0))
        loss += tf.losses.get_regularization_loss()
        gradients = tf.gradients(loss, trainable)
        known = [(g, v) for g, v in zip(gradients, trainable) if g is not None]
        optimizer = tf.train.GradientDescentOptimizer(_LEARNING_RATE)
        with tf.control_dependencies(application.updates):
            return gradients, optimizer.apply_gradients(known)
