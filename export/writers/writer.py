"""The protocol of the writers: what the export calls, whatever the format."""

from __future__ import annotations

from typing import TYPE_CHECKING, Mapping

if TYPE_CHECKING:
    from typing import Protocol

    import numpy as np

    from ...builder import graphs
    from ...builder import module_config as module_config_lib
    from ..model_card import template
else:
    Protocol = object  # Python 3.7 has no typing.Protocol.


class Writer(Protocol):
    """Writes one module in one format: first the weights, then the graphs."""

    def write_weights(self, directory: str, values: Mapping[str, np.ndarray]) -> None:
        """Writes the files that need the weights.

        Args:
          directory: the module's directory, which is empty.
          values: value of each variable by its name. TensorFlow reads an array in
            place if it is aligned (see `aligned_arrays.copy`).

        Raises:
          OSError: if the files cannot be written.
        """
        ...

    def write_graphs(self, directory: str) -> template.Format:
        """Writes the other files, after the caller has released the weights.

        Args:
          directory: the module's directory, with its weights.

        Returns:
          The parts of the model card that depend on the format.

        Raises:
          errors.InputError: names an op or attribute that cannot be lowered.
          OSError: if the files cannot be written.
        """
        ...


class MakeWriter(Protocol):
    """Makes the writer of a format."""

    def __call__(
        self,
        config: module_config_lib.ModuleConfig,
        inference: graphs.ModuleGraph,
        serving: graphs.ModuleGraph,
    ) -> Writer:
        """Makes a writer.

        Args:
          config: the module's configuration.
          inference: its graph for the tag set {}.
          serving: its graph for the tag set {"serve"}.
        """
        ...
