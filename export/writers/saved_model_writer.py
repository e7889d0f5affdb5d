"""Writes a module as a SavedModel that TensorFlow 2 fine-tunes."""

from __future__ import annotations

from typing import Mapping

import numpy as np
import tensorflow.compat.v1 as tf
import tensorflow.compat.v2 as tf2

from ...builder import graphs, reusable
from ...builder import module_config as module_config_lib
from ..model_card import saved_model_card, template
from . import saved_model_format


class SavedModelWriter:
    """Writes one module; what `hub_writer.HubWriter` is for the TF1 Hub format."""

    def __init__(
        self,
        config: module_config_lib.ModuleConfig,
        inference: graphs.ModuleGraph,
        serving: graphs.ModuleGraph,
    ):
        """Takes what is written: variables as those of the graph for inference."""
        del serving  # A function of the network is the same.
        self._config = config
        variables = tf.GraphKeys.GLOBAL_VARIABLES
        self._variables = inference.graph.get_collection(variables)

    def write_weights(self, directory: str, values: Mapping[str, np.ndarray]) -> None:
        """Writes all of the module, of which TensorFlow saves the weights with it."""
        # A program may be building a graph, or have switched eager execution off.
        with tf2.__internal__.eager_context.eager_mode():
            network = reusable.Reusable(self._config.network, self._variables, values)
            saved_model_format.write(directory, network, self._config.class_names)

    def write_graphs(self, directory: str) -> template.Format:
        """Returns what the page says of the module."""
        del directory  # Whole already.
        return saved_model_card.describe(self._config)
