"""Reads weights from a PyTorch file that needs no more than its own content."""

from __future__ import annotations

from typing import Mapping, Sequence

from ...efficientnet import config as config_lib
from . import moving_averages as moving_averages_lib
from . import network_facts, pytorch_source, size_bounds, source


class PyTorchSource:
    """The weights of a file, see `source.Source`."""

    facts = network_facts.NONE

    def __init__(self, path: str):
        self._path = path

    def read(
        self,
        network: config_lib.NetworkConfig,
        expected: Mapping[str, Sequence[int]],
        moving_averages: str,
        new_classifier: bool,
    ) -> source.Weights:
        """Reads the values, see `read`."""
        return read(self._path, network, expected, new_classifier)


def read(
    path: str,
    network: config_lib.NetworkConfig,
    expected: Mapping[str, Sequence[int]],
    new_classifier: bool,
) -> source.Weights:
    """Reads a .pth file.

    Args:
      path: the file.
      network: the network that the weights are for.
      expected: shape of each variable to read, by name.
      new_classifier: whether to leave out the classifier of the file.

    Returns:
      Weights for the expected variables.

    Raises:
      errors.InputError: if the file is damaged, unsafe, or of another network.
    """
    choice = moving_averages_lib.AUTO
    most = size_bounds.bound_bytes(network)
    opened = pytorch_source.open_source(path, network, None, most, choice)
    return opened.read(network, expected, choice, new_classifier)
