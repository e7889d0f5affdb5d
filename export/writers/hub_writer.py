"""Writes a module in the TF1 Hub format.

It builds the graphs; `hub_format` writes the files.
"""

from __future__ import annotations

from typing import Mapping

import numpy as np

from ...builder import graphs, recomputations
from ...builder import module_config as module_config_lib
from ..model_card import hub_card, template
from . import hub_format


class HubWriter:
    """A `writer.Writer` of the TF1 Hub format."""

    def __init__(
        self,
        config: module_config_lib.ModuleConfig,
        inference: graphs.ModuleGraph,
        serving: graphs.ModuleGraph,
    ):
        """See `writer.MakeWriter`."""
        self._config = config
        self._inference = inference
        self._serving = serving

    def write_weights(self, directory: str, values: Mapping[str, np.ndarray]) -> None:
        """See `writer.Writer`."""
        hub_format.write_variables(directory, values)

    def write_graphs(self, directory: str) -> template.Format:
        """See `writer.Writer`."""
        # The largest graph is built now, in the memory that the weights used.
        training = graphs.training_graph(self._config)
        module_graphs = [self._inference, training, self._serving]
        attachments = graphs.attachments(self._config)
        recompute = self._config.recompute == recomputations.SWISH
        hub_format.write_graphs(
            directory,
            [
                hub_format.export_meta_graph(graph, attachments, recompute)
                for graph in module_graphs
            ],
        )
        return hub_card.describe(self._config, module_graphs)
