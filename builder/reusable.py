"""The network as TensorFlow 2 reuses it: an object to call, and to train.

https://www.tensorflow.org/hub/reusable_saved_models says what `hub.KerasLayer` asks of
such an object.
"""

from __future__ import annotations

from typing import Callable, Iterable, Mapping

import numpy as np
import tensorflow.compat.v1 as tf
import tensorflow.compat.v2 as tf2

from ..efficientnet import config as config_lib
from ..efficientnet import endpoints as endpoints_lib
from ..efficientnet import network as network_lib
from ..signatures import images as images_lib
from ..signatures import names as signatures_lib
from . import regularization

_IMAGES = tf.TensorSpec([None, None, None, 3], tf.float32, signatures_lib.IMAGES)
_MOMENTUM = tf.TensorSpec([], tf.float32, signatures_lib.BATCH_NORM_MOMENTUM)


class Reusable(tf2.Module):
    """A network with its weights, for `tf.saved_model.save`. For eager execution.

    Attributes:
      variables: all of its variables, under the names of the publisher's checkpoints.
      trainable_variables: those that gradients train.
      regularization_losses: one function without arguments that returns the L2 losses
        of all kernels together, a float32 scalar.
      __call__: `(images, training=False, batch_norm_momentum=...)`, traced for both
        values of `training`. Images are float32 `[batch, height, width, 3]`, RGB values
        in [0, 1]; the momentum is a float32 scalar in [0, 1], by default the network's.
        Returns float32 `[batch, num_classes]`, logits, or `[batch, num_features]` of a
        network without classifier. In training it normalizes by the batch's statistics,
        which it moves the moving averages by, and applies dropout and stochastic depth.
    """

    # Those of tf.Module are properties, which are not saved.
    variables = ()
    trainable_variables = ()

    def __init__(
        self,
        network: config_lib.NetworkConfig,
        variables: Iterable[tf.Variable],
        values: Mapping[str, np.ndarray],
    ):
        """Makes the variables and traces the functions.

        Args:
          network: the network.
          variables: its variables in any graph.
          values: value of each variable by name.
        """
        super().__init__()
        self._network = network
        by_name = {v.op.name: _variable_like(v, values[v.op.name]) for v in variables}
        self.variables = list(by_name.values())
        self.trainable_variables = [v for v in self.variables if v.trainable]
        self.regularization_losses = [_regularization_loss(self.trainable_variables)]
        self.__call__ = _application(network, by_name)

    def serving(self) -> Callable[..., dict[str, tf.Tensor]]:
        """Returns the signature 'serving_default': of images, as the hub module's."""
        momentum = self._network.batch_norm_momentum
        has_classifier = self._network.num_classes is not None

        def serve(images):
            # A tensor: a number would be traced, another copy of the network.
            output = self.__call__(images, False, tf.constant(momentum, tf.float32))
            logits = output if has_classifier else None
            return images_lib.serving_signature(images, output, logits).outputs

        return tf2.function(serve, [_IMAGES], autograph=False)


def _variable_like(variable: tf.Variable, value: np.ndarray) -> tf.Variable:
    """Makes a variable of TensorFlow 2 that is what one in a graph is."""
    return tf2.Variable(
        value,
        trainable=variable.trainable,
        name=variable.op.name,
        synchronization=variable.synchronization,
        aggregation=variable.aggregation,
    )


def _application(
    network: config_lib.NetworkConfig, variables: Mapping[str, tf.Variable]
) -> Callable[..., tf.Tensor]:
    """Returns the function of images that applies a network with given variables."""

    def existing(getter, name, *args, **kwargs):
        del getter, args, kwargs  # Nothing is made.
        return variables[name]

    def call(images, training=False, batch_norm_momentum=network.batch_norm_momentum):
        # A seed that the program has set is not the model's.
        tf.get_default_graph().seed = None
        with tf.variable_scope(tf.get_variable_scope(), custom_getter=existing):
            logits, endpoints = network_lib.build_model(
                images, network, training, batch_norm_momentum
            )
        return endpoints[endpoints_lib.POOLED_FEATURES] if logits is None else logits

    # The code is written for graphs: AutoGraph would find nothing, slowly.
    function = tf2.function(call, autograph=False)
    for training in (True, False):
        function.get_concrete_function(_IMAGES, training, _MOMENTUM)
    return function


def _regularization_loss(variables: Iterable[tf.Variable]) -> Callable[[], tf.Tensor]:
    def regularization_loss():
        return tf.add_n(regularization.kernel_l2_losses(variables))

    function = tf2.function(regularization_loss, autograph=False)
    function.get_concrete_function()
    return function
