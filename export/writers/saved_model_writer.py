"""Writes a module as a SavedModel that TensorFlow 2 can fine-tune.

It builds the objects of a SavedModel; `saved_model_format` writes its files.
"""

from __future__ import annotations

from typing import Mapping

import numpy as np
import tensorflow.compat.v1 as tf
import tensorflow.compat.v2 as tf2

from ...builder import graphs, reusable
from ...builder import module_config as module_config_lib
from ..model_card import saved_model_card, template
from ..saved_model import module_facts
from . import saved_model_format


class SavedModelWriter:
    """A `writer.Writer` of the format 'savedmodel'."""

    def __init__(
        self,
        config: module_config_lib.ModuleConfig,
        inference: graphs.ModuleGraph,
        serving: graphs.ModuleGraph,
    ):
        """See `writer.MakeWriter`."""
        del serving  # `Reusable.serving` builds the same signature.
        self._config = config
        variables = tf.GraphKeys.GLOBAL_VARIABLES
        self._variables = inference.graph.get_collection(variables)

    def write_weights(self, directory: str, values: Mapping[str, np.ndarray]) -> None:
        """See `writer.Writer`. Writes all files, which TensorFlow saves together."""
        config = self._config
        facts = module_facts.ModuleFacts(
            config.facts(), config.network.image_size, config.class_names
        )
        # The calling program may be building a graph, or may have disabled eager
        # execution.
        with tf2.__internal__.eager_context.eager_mode():
            network = reusable.Reusable(config.network, self._variables, values)
            saved_model_format.write(directory, network, facts)

    def write_graphs(self, directory: str) -> template.Format:
        """See `writer.Writer`."""
        del directory  # It is complete.
        return saved_model_card.describe(self._config)
