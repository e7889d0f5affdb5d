"""Reads weights from a TensorFlow checkpoint in the naming of the publisher."""

from __future__ import annotations

import contextlib
import os
from typing import Any, Iterator, Mapping, Sequence

from ...efficientnet import config as config_lib
from ...efficientnet import network as network_lib
from ...signatures import provenance
from . import locations, mapping, network_facts, size_bounds, source
from . import moving_averages as moving_averages_lib
from .containers import contents, object_checkpoint, tensorflow_checkpoint
from .naming import publisher

_MAX_GRAPH_BYTES = 2**30


class CheckpointSource:
    """The weights of a checkpoint that is open, see `source.Source`."""

    def __init__(
        self,
        opened: tensorflow_checkpoint.Checkpoint | object_checkpoint.VariableCheckpoint,
        path: str,
        network: config_lib.NetworkConfig,
        moving_averages: str,
    ):
        """Finds a network in a checkpoint.

        Args:
          opened: the checkpoint.
          path: what the user calls it.
          network: the network, whose number of classes does not count.
          moving_averages: see `open_source`.

        Raises:
          errors.InputError: if the network is not there, or more than once.
        """
        self._opened = opened
        self._path = path
        self._with_averages = moving_averages == moving_averages_lib.AUTO
        self._names = publisher.Names(opened.shapes, network.name, opened.place)

    @property
    def facts(self) -> network_facts.NetworkFacts:
        """The number of classes, if the checkpoint has a classifier."""
        shape = self._names.find_shape(network_lib.CLASSIFIER_VARIABLES[1])
        return network_facts.NetworkFacts(
            num_classes=shape[0] if shape and len(shape) == 1 else None
        )

    def read(
        self,
        network: config_lib.NetworkConfig,
        expected: Mapping[str, Sequence[int]],
        new_classifier: bool,
    ) -> source.Weights:
        """Reads the values, see `source.Source`."""
        opened, names = self._opened, self._names
        unused = names.check_entries(
            expected, new_classifier or network.num_classes is None
        )
        entries = {
            name: names.find_value(name, with_averages=self._with_averages)
            for name in expected
        }
        found = {name: self._find(entry) for name, entry in entries.items()}
        values = source.read_values(found, expected, network.name, opened.place)
        return source.Weights(
            values=values,
            mapping=mapping.describe(
                found,
                {entry: self._describe(entry) for entry in opened.shapes},
                lambda entry: names.explain(entry, expected),
            ),
            trained=True,
            **_describe(self._path, opened.place, list(entries.values()), unused),
        )

    def _find(self, entry: str) -> mapping.Found:
        opened = self._opened
        return mapping.Found(entry, self._describe(entry), lambda: opened.read(entry))

    def _describe(self, entry: str) -> contents.Stored:
        opened = self._opened
        return contents.Stored(opened.dtypes[entry], tuple(opened.shapes[entry]))


@contextlib.contextmanager
def open_source(
    path: str, network: config_lib.NetworkConfig, moving_averages: str
) -> Iterator[CheckpointSource]:
    """Opens a checkpoint.

    Args:
      path: a checkpoint's prefix or one of its files, a directory with checkpoints, of
        which the newest is read, or a .tar.gz of such a directory.
      network: the network that the weights are for. Its number of classes does not
        count.
      moving_averages: 'auto' reads a variable's moving average where there is one,
        'never' the raw values.

    Yields:
      The weights. An archive is unpacked for as long as they are open.

    Raises:
      errors.InputError: if the checkpoint is missing, damaged, or of another
        network.
    """
    with open_files(path, network) as opened:
        yield CheckpointSource(opened, path, network, moving_averages)


def open_files(
    path: str, network: config_lib.NetworkConfig
) -> contextlib.AbstractContextManager[tensorflow_checkpoint.Checkpoint]:
    """Opens the files of a checkpoint, of whatever network; see `open_source`."""
    # An archive may unpack to twice as much as the weights, and to a graph.
    max_bytes = _MAX_GRAPH_BYTES + 2 * size_bounds.bound_bytes(network)
    return tensorflow_checkpoint.open_checkpoint(path, max_bytes)


@contextlib.contextmanager
def open_variables(
    prefix: str, network: config_lib.NetworkConfig
) -> Iterator[tuple[CheckpointSource, list[str]]]:
    """Opens the variables of a SavedModel of TensorFlow 2.

    Args:
      prefix: the prefix of the checkpoint.
      network: the network that they are for, see `open_source`.

    Yields:
      The weights, and the names of the variables of other parts of a program.

    Raises:
      errors.InputError: see `open_source`.
    """
    with tensorflow_checkpoint.open_checkpoint(prefix, 0) as opened:
        found = object_checkpoint.VariableCheckpoint(opened, f"{network.name}/")
        weights = CheckpointSource(found, prefix, network, moving_averages_lib.NEVER)
        yield weights, found.others


def _describe(
    path: str, place: str, used: Sequence[str], unused: Sequence[str]
) -> dict[str, Any]:
    """Returns the provenance, the files and the notes of weights, see `Weights`."""
    averages = sum(entry.endswith(publisher.AVERAGE) for entry in used)
    raw = len(used) - averages
    file_name = os.path.basename(os.path.abspath(path))
    return dict(
        provenance=provenance.Provenance(
            f"TensorFlow checkpoint {file_name} ({averages} moving averages, "
            f"{raw} raw values)"
        ),
        files=source.hash_files(locations.files_of(path)),
        notes=[
            f"took {averages} moving averages and {raw} raw values from {place}",
            *source.list_in_note(
                "left out, as no part of the module that was fine-tuned", unused
            ),
        ],
    )
