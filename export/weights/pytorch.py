"""Reads weights from a PyTorch file in the naming of efficientnet-pytorch."""

from __future__ import annotations

import os
from typing import Mapping, Sequence

from ...efficientnet import config as config_lib
from ...signatures import provenance
from . import locations, network_facts, source
from .containers import pytorch_pickle
from .naming import classifier, efficientnet_pytorch

# A training checkpoint holds each weight up to four times, in up to eight bytes each.
_MAX_COPIES = 8
# Names, and what else a program saves.
_REST_BYTES = 2**26


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
    place = f"PyTorch file '{path}'"
    arrays = pytorch_pickle.read_state_dict(path, _max_bytes(expected))
    found = efficientnet_pytorch.to_variables(arrays, network)
    if new_classifier or network.num_classes is None:
        found = {
            name: value
            for name, value in found.items()
            if not classifier.is_classifier(name)
        }
    return source.Weights(
        values=source.check_values(found, expected, network.name, place),
        provenance=provenance.Provenance(f"PyTorch file {os.path.basename(path)}"),
        trained=True,
        files=source.hash_files(locations.files_of(path)),
        notes=[f"read {len(found)} variables from {place}"],
    )


def _max_bytes(expected: Mapping[str, Sequence[int]]) -> int:
    return _REST_BYTES + _MAX_COPIES * source.count_bytes(expected)
