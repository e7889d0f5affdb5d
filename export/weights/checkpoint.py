"""Reads weights from a TensorFlow checkpoint in the naming of the publisher."""

from __future__ import annotations

import os
from typing import Iterator, Mapping, Sequence

import numpy as np

from ...efficientnet import config as config_lib
from ...signatures import provenance
from . import locations, source
from . import moving_averages as moving_averages_lib
from .containers import tensorflow_checkpoint
from .naming import publisher

# A training checkpoint holds each variable up to five times (raw, average, two or
# three slots), and its graph. An archive may unpack to twice as much.
_MAX_COPIES = 8
_MAX_GRAPH_BYTES = 2**30
# How many entries a note names.
_MOST_NAMES = 20


def read(
    path: str,
    network: config_lib.NetworkConfig,
    expected: Mapping[str, Sequence[int]],
    moving_averages: str,
    new_classifier: bool,
) -> source.Weights:
    """Reads a checkpoint.

    Args:
      path: a checkpoint's prefix or one of its files, a directory with checkpoints, of
        which the newest is read, or a .tar.gz of such a directory.
      network: the network that the weights are for.
      expected: shape of each variable to read, by name.
      moving_averages: 'auto' reads a variable's moving average if there is one and its
        raw value otherwise, 'never' the raw values.
      new_classifier: whether to leave out the classifier of the checkpoint.

    Returns:
      Weights for the expected variables.

    Raises:
      errors.InputError: if the checkpoint is missing, damaged, or of another
        network.
    """
    max_bytes = _MAX_GRAPH_BYTES + _MAX_COPIES * source.count_bytes(expected)
    with tensorflow_checkpoint.open_checkpoint(path, max_bytes) as opened:
        place = opened.place
        names = publisher.Names(opened.shapes, network, place)
        unused = names.check_entries(expected, new_classifier)
        entries = {
            name: names.find_value(
                name, with_averages=moving_averages == moving_averages_lib.AUTO
            )
            for name in expected
        }
        for name, shape in expected.items():
            found = opened.shapes[entries[name]]
            source.check_shape(name, found, shape, network.name, place)
            source.check_type(name, opened.dtypes[entries[name]], place)
        # Each value is read and copied on its own: nothing holds all of them twice.
        values = {
            name: source.check_value(name, opened.read(entry), place)
            for name, entry in entries.items()
        }
    return _describe(path, place, values, list(entries.values()), unused)


def _describe(
    path: str,
    place: str,
    values: Mapping[str, np.ndarray],
    used: Sequence[str],
    unused: Sequence[str],
) -> source.Weights:
    """Returns the values with their provenance and notes."""
    averages = sum(entry.endswith(publisher.AVERAGE) for entry in used)
    raw = len(used) - averages
    file_name = os.path.basename(os.path.abspath(path))
    return source.Weights(
        values=values,
        provenance=provenance.Provenance(
            f"TensorFlow checkpoint {file_name} ({averages} moving averages, "
            f"{raw} raw values)"
        ),
        trained=True,
        files=source.hash_files(locations.files_of(path)),
        notes=[
            f"took {averages} moving averages and {raw} raw values from {place}",
            *_report_unused(unused),
        ],
    )


def _report_unused(entries: Sequence[str]) -> Iterator[str]:
    """Yields a note about entries of other parts of the program, if there are any."""
    if entries:
        names = ", ".join(entries[:_MOST_NAMES])
        if len(entries) > _MOST_NAMES:
            names += f" and {len(entries) - _MOST_NAMES} more"
        yield f"left out, as no part of the module that was fine-tuned: {names}"
