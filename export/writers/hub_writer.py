"""Writes a module in the TF1 Hub format, its weights first."""

from __future__ import annotations

from typing import Mapping

import numpy as np

from ...builder import graphs
from ...builder import module_config as module_config_lib
from ..model_card import hub_card, template
from . import hub_format


class HubWriter:
    """Writes one module."""

    def __init__(
        self,
        config: module_config_lib.ModuleConfig,
        inference: graphs.ModuleGraph,
        serving: graphs.ModuleGraph,
    ):
        """Takes what is written.

        Args:
          config: the module's configuration.
          inference: its graph for the tag set {}.
          serving: its graph for the tag set {"serve"}.
        """
        self._config = config
        self._inference = inference
        self._serving = serving

    def write_weights(self, directory: str, values: Mapping[str, np.ndarray]) -> None:
        """Writes what needs the weights.

        Args:
          directory: the module's, an empty one.
          values: value of each variable by its name, `copy_aligned` of weights.

        Raises:
          OSError: if they cannot be written.
        """
        hub_format.write_variables(directory, values)

    def write_graphs(self, directory: str) -> template.Format:
        """Writes the rest, when the weights have left the memory.

        Args:
          directory: the module's, with its weights.

        Returns:
          What the page says of the module.

        Raises:
          errors.InputError: names an op or attribute that cannot be lowered.
          OSError: if they cannot be written.
        """
        # The largest graph is built in the memory that the values leave.
        training = graphs.training_graph(self._config)
        module_graphs = [self._inference, training, self._serving]
        attachments = graphs.attachments(self._config)
        hub_format.write_graphs(
            directory,
            [hub_format.meta_graph(graph, attachments) for graph in module_graphs],
        )
        return hub_card.describe(self._config, module_graphs)
