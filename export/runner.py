"""Runs a module's signatures, by `hub.Module` or where that is gone by `hub.load`."""

from __future__ import annotations

from typing import Mapping

import numpy as np
import tensorflow.compat.v1 as tf

from .. import dependencies


def open_module(directory: str):
    """Loads the graph of a module for inference.

    Args:
      directory: the module's directory.

    Returns:
      An object whose `run(signature, inputs)` feeds arrays by name and returns the
      signature's outputs as arrays by name.

    Raises:
      errors.DependencyError: if tensorflow_hub is missing.
    """
    if dependencies.has_hub_module():
        return _HubModuleRunner(directory)
    return _HubLoadRunner(directory)


class _HubModuleRunner:
    """Runs the module in a session, one graph for all signatures."""

    def __init__(self, directory: str):
        hub = dependencies.tensorflow_hub_with_module()
        self._graph = tf.Graph()
        with self._graph.as_default():
            self._module = hub.Module(directory)
            self._session = tf.Session()
            self._session.run(tf.global_variables_initializer())
        self._applications = {}

    def run(
        self, signature: str, inputs: Mapping[str, np.ndarray]
    ) -> dict[str, np.ndarray]:
        if signature not in self._applications:
            with self._graph.as_default():
                self._applications[signature] = self._apply(signature, inputs)
        feeds, outputs = self._applications[signature]
        feed_dict = {feeds[name]: value for name, value in inputs.items()}
        return self._session.run(outputs, feed_dict)

    def _apply(self, signature: str, inputs: Mapping[str, np.ndarray]):
        feeds = {
            name: tf.placeholder(value.dtype, [None] * np.ndim(value))
            for name, value in inputs.items()
        }
        return feeds, self._module(feeds, signature=signature, as_dict=True)


class _HubLoadRunner:
    """Runs the module eagerly."""

    def __init__(self, directory: str):
        self._loaded = dependencies.tensorflow_hub().load(directory, tags=[])

    def run(
        self, signature: str, inputs: Mapping[str, np.ndarray]
    ) -> dict[str, np.ndarray]:
        tensors = {name: tf.convert_to_tensor(value) for name, value in inputs.items()}
        outputs = self._loaded.signatures[signature](**tensors)
        return {name: output.numpy() for name, output in outputs.items()}
