"""The network as an object that TensorFlow 2 can save, call and train.

https://www.tensorflow.org/hub/reusable_saved_models describes the interface, which
`hub.KerasLayer` uses.
"""

from __future__ import annotations

from typing import Any, Callable, Iterable, Mapping, Sequence

import numpy as np
import tensorflow.compat.v1 as tf
import tensorflow.compat.v2 as tf2

from .. import aligned_arrays
from ..efficientnet import config as config_lib
from ..efficientnet import endpoints as endpoints_lib
from ..efficientnet import network as network_lib
from ..signatures import images as images_lib
from ..signatures import names as signatures_lib
from . import regularization

_IMAGES = tf.TensorSpec([None, None, None, 3], tf.float32, signatures_lib.IMAGES)
_MOMENTUM = tf.TensorSpec([], tf.float32, signatures_lib.BATCH_NORM_MOMENTUM)


class Reusable(tf2.Module):
    """A network with its weights, for `tf.saved_model.save`. Needs eager execution.

    Attributes:
      variables: all variables, with the names of the publisher's checkpoints.
      trainable_variables: the trainable variables.
      regularization_losses: one function without arguments. It returns the sum of the
        L2 losses of all kernels, a float32 scalar.
      __call__: `(images, training=False, batch_norm_momentum=...,
        return_endpoints=False)`, traced for both values of the truth values. Images are
        float32 `[batch, height, width, 3]`, RGB values in [0, 1]. The momentum is a
        float32 scalar in [0, 1], by default the network's. Returns the logits, float32
        `[batch, num_classes]`, or the features, `[batch, num_features]`, of a network
        without classifier. With `return_endpoints`, returns a dict with that output as
        'default', and with each endpoint as '<network>/<endpoint>'. In training, it
        normalizes by the statistics of the batch, updates the moving averages, and
        applies dropout and stochastic depth.
    """

    # These hide the properties of tf.Module, which are not saved.
    variables: Sequence[tf.Variable] = ()
    trainable_variables: Sequence[tf.Variable] = ()

    def __init__(
        self,
        network: config_lib.NetworkConfig,
        variables: Iterable[tf.Variable],
        values: Mapping[str, np.ndarray],
    ):
        """Creates the variables and traces the functions.

        Args:
          network: the network.
          variables: its variables in a graph, from which these are copied.
          values: value of each variable by name.
        """
        super().__init__()
        self._network = network
        by_name = {v.op.name: _copy_variable(v, values[v.op.name]) for v in variables}
        self.variables = list(by_name.values())
        self.trainable_variables = [v for v in self.variables if v.trainable]
        self.regularization_losses = [
            _trace_regularization_loss(self.trainable_variables)
        ]
        self.__call__ = _trace_call(network, by_name)

    def serving(self) -> Callable[..., dict[str, tf.Tensor]]:
        """Returns the function of the signature 'serving_default'."""
        momentum = self._network.batch_norm_momentum
        has_classifier = self._network.num_classes is not None

        def serve(images: tf.Tensor) -> dict[str, tf.Tensor]:
            # A tensor, because a number would trace another copy of the network.
            output = self.__call__(images, False, tf.constant(momentum, tf.float32))
            logits = output if has_classifier else None
            return images_lib.serving_signature(images, output, logits).outputs

        return tf2.function(serve, [_IMAGES], autograph=False)


def _copy_variable(variable: tf.Variable, value: np.ndarray) -> tf.Variable:
    """Creates a variable of TensorFlow 2 with the properties of one in a graph."""
    return tf2.Variable(
        share_memory(value),
        trainable=variable.trainable,
        name=variable.op.name,
        synchronization=variable.synchronization,
        aggregation=variable.aggregation,
    )


def share_memory(value: np.ndarray) -> Any:
    """Returns a tensor that uses the memory of an array, or the array if none can.

    A variable copies an array twice, and keeps one of the copies.

    Args:
      value: an array. Do not change it while the tensor is in use.
    """
    if not aligned_arrays.is_aligned(value):
        return value
    return tf2.experimental.dlpack.from_dlpack(value.__dlpack__())


def _make_network(
    network: config_lib.NetworkConfig, variables: Mapping[str, tf.Variable]
) -> Callable[..., dict[str, tf.Tensor]]:
    """Returns a function that adds a network with the given variables to a graph.

    It takes images, whether to train, and the momentum. It returns the endpoints, and
    the output as 'default'.
    """

    def get_existing(getter: Any, name: str, *args: Any, **kwargs: Any) -> tf.Variable:
        del getter, args, kwargs  # No variable is created.
        return variables[name]

    def apply(
        images: tf.Tensor, training: bool, momentum: float | tf.Tensor
    ) -> dict[str, tf.Tensor]:
        # The saved functions must not depend on a seed that the program has set.
        tf.get_default_graph().seed = None
        with tf.variable_scope(tf.get_variable_scope(), custom_getter=get_existing):
            logits, endpoints = network_lib.build_model(
                images, network, training, momentum
            )
        output = endpoints[endpoints_lib.POOLED_FEATURES] if logits is None else logits
        named = {f"{network.name}/{name}": each for name, each in endpoints.items()}
        return dict(named, **{signatures_lib.DEFAULT: output})

    return apply


def _trace_call(
    network: config_lib.NetworkConfig, variables: Mapping[str, tf.Variable]
) -> Callable[..., Any]:
    """Returns the function `__call__` of `Reusable`."""
    # The calls with and without endpoints share one graph of the network. AutoGraph
    # would take time and change nothing: no Python control flow depends on tensors.
    apply = tf2.function(_make_network(network, variables), autograph=False)

    def call(
        images: tf.Tensor,
        training: bool = False,
        batch_norm_momentum: float | tf.Tensor = network.batch_norm_momentum,
        return_endpoints: bool = False,
    ) -> Any:
        # A number would trace another copy of the network.
        momentum = tf.convert_to_tensor(batch_norm_momentum, tf.float32)
        outputs = apply(images, training, momentum)
        return outputs if return_endpoints else outputs[signatures_lib.DEFAULT]

    function = tf2.function(call, autograph=False)
    for training in (True, False):
        for return_endpoints in (True, False):
            function.get_concrete_function(
                _IMAGES, training, _MOMENTUM, return_endpoints
            )
    return function


def _trace_regularization_loss(
    variables: Iterable[tf.Variable],
) -> Callable[[], tf.Tensor]:
    def regularization_loss() -> tf.Tensor:
        return tf.add_n(regularization.kernel_l2_losses(variables))

    function = tf2.function(regularization_loss, autograph=False)
    function.get_concrete_function()
    return function
