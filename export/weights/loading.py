"""Opens and reads the weights that a value of `--weights` stands for."""

from __future__ import annotations

import contextlib
import dataclasses
from typing import Iterator, Mapping, Sequence

from ... import errors
from ...efficientnet import config as config_lib
from ..storage import archive_reader
from . import (
    checkpoint,
    downloads,
    keras_paths,
    keras_source,
    locations,
    named_weights,
    pretrained,
    pytorch_files,
    pytorch_source,
    random_init,
    source,
    source_models,
)
from . import moving_averages as moving_averages_lib
from .containers import object_checkpoint
from .naming import classifier


@contextlib.contextmanager
def open_source(
    weights: str,
    network: config_lib.NetworkConfig,
    moving_averages: str = moving_averages_lib.AUTO,
    source_model: str | None = None,
) -> Iterator[source.Source]:
    """Opens the weights of a network.

    Args:
      weights: a name of `named_weights.NAMES`, or the address or the path of files, see
        `locations.files_of`.
      network: the network. Its number of classes, its padding and its epsilon do not
        count: the weights may say others.
      moving_averages: 'auto' reads moving averages where there are some, 'never' the
        raw values.
      source_model: the library and the model of a file that does not say them, see
        `source_models`.

    Yields:
      The weights.

    Raises:
      errors.InputError: if there are no such weights, they are damaged, or of
        another network.
      errors.DependencyError: if a package that is needed to read them is missing.
    """
    if moving_averages not in moving_averages_lib.CHOICES:
        raise errors.InputError(
            "moving_averages must be one of "
            f"{', '.join(moving_averages_lib.CHOICES)}, found {moving_averages!r}"
        )
    # Reports missing files in the same words for each kind of file.
    locations.files_of(weights)
    is_address = archive_reader.is_address(weights)
    if not is_address and not pytorch_files.is_pytorch(weights):
        source_models.check_needless(source_model, weights)
    if weights == named_weights.RANDOM:
        yield random_init.RandomSource()
    elif weights in named_weights.NAMES:
        record = named_weights.find(weights, network.name)
        yield pretrained.PublishedSource(record, moving_averages)
    elif is_address:
        address = downloads.locate(weights)
        with pretrained.fetching(address) as path, open_source(
            path, network, moving_averages, source_model
        ) as opened:
            yield pretrained.DownloadedSource(opened, address)
    elif pytorch_files.is_pytorch(weights):
        yield pytorch_source.open_source(
            weights, network, source_model, moving_averages
        )
    elif keras_paths.is_file(weights):
        yield keras_source.open_source(weights, network)
    else:
        with checkpoint.open_files(weights, network) as files:
            if object_checkpoint.is_object_checkpoint(files.shapes):
                yield keras_source.open_source(weights, network, files)
            else:
                yield checkpoint.CheckpointSource(
                    files, weights, network, moving_averages
                )


def read(
    opened: source.Source,
    network: config_lib.NetworkConfig,
    variables: Mapping[str, Sequence[int]],
    new_classifier: bool = False,
) -> source.Weights:
    """Reads the weights of a network.

    Args:
      opened: the weights.
      network: the network.
      variables: shape of each of its variables by name.
      new_classifier: whether the classifier gets its initial values instead of those
        of the weights.

    Returns:
      Weights for all variables.

    Raises:
      errors.InputError: if the weights are damaged, or of another network.
    """
    if not new_classifier or isinstance(opened, random_init.RandomSource):
        return opened.read(network, variables, False)
    head = {n: s for n, s in variables.items() if classifier.is_classifier(n)}
    body = {n: s for n, s in variables.items() if n not in head}
    body_weights = opened.read(network, body, True)
    origin = f"initial values of seed {network.seed}"
    note = f"the classifier starts at the {origin}"
    provenance = body_weights.provenance
    return dataclasses.replace(
        body_weights,
        values=dict(body_weights.values, **random_init.draw(head, network.seed)),
        provenance=dataclasses.replace(
            provenance, source=f"{provenance.source}; {note}"
        ),
        notes=[*body_weights.notes, note],
        new_classifier=True,
        mapping=body_weights.mapping.add_new(head, origin),
    )


def load(
    weights: str,
    network: config_lib.NetworkConfig,
    variables: Mapping[str, Sequence[int]],
    moving_averages: str = moving_averages_lib.AUTO,
    new_classifier: bool = False,
) -> source.Weights:
    """Opens and reads weights, see `open_source` and `read`."""
    with open_source(weights, network, moving_averages) as opened:
        return read(opened, network, variables, new_classifier)
