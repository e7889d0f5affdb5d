"""Reads the weights that a value of `--weights` stands for."""

from __future__ import annotations

import dataclasses
from typing import Mapping, Sequence

from ... import errors
from ...efficientnet import config as config_lib
from . import (
    checkpoint,
    locations,
    named_weights,
    pretrained,
    pytorch,
    random_init,
    source,
)
from . import moving_averages as moving_averages_lib
from .naming import classifier


def load(
    weights: str,
    network: config_lib.NetworkConfig,
    variables: Mapping[str, Sequence[int]],
    moving_averages: str = moving_averages_lib.AUTO,
    new_classifier: bool = False,
) -> source.Weights:
    """Reads the weights of a network.

    Args:
      weights: 'random', 'imagenet', or the path of files, see `locations.files_of`.
      network: the network.
      variables: shape of each of its variables by name.
      moving_averages: 'auto' or 'never', see `checkpoint.read`.
      new_classifier: whether the classifier gets its initial values instead of those
        of the weights.

    Returns:
      Weights for all variables.

    Raises:
      errors.InputError: if there are no such weights, they are damaged, or of
        another network.
      errors.DependencyError: if 'imagenet' needs a package that is missing.
    """
    if moving_averages not in moving_averages_lib.CHOICES:
        raise errors.InputError(
            "moving_averages must be one of "
            f"{', '.join(moving_averages_lib.CHOICES)}, found {moving_averages!r}"
        )
    if weights == named_weights.RANDOM:
        return random_init.draw_weights(variables, network.seed)
    if not new_classifier:
        return _read(weights, network, variables, moving_averages, False)
    head = {n: s for n, s in variables.items() if classifier.is_classifier(n)}
    body = {n: s for n, s in variables.items() if n not in head}
    read = _read(weights, network, body, moving_averages, True)
    note = f"the classifier starts at the initial values of seed {network.seed}"
    return dataclasses.replace(
        read,
        values=dict(read.values, **random_init.draw(head, network.seed)),
        provenance=dataclasses.replace(
            read.provenance, source=f"{read.provenance.source}; {note}"
        ),
        notes=[*read.notes, note],
        new_classifier=True,
    )


def _read(
    weights: str,
    network: config_lib.NetworkConfig,
    variables: Mapping[str, Sequence[int]],
    moving_averages: str,
    new_classifier: bool,
) -> source.Weights:
    # Reports missing files in the same words for each kind of file.
    locations.files_of(weights)
    if weights == named_weights.IMAGENET:
        return pretrained.read(network, variables, moving_averages, new_classifier)
    if locations.is_pytorch_file(weights):
        return pytorch.read(weights, network, variables, new_classifier)
    return checkpoint.read(weights, network, variables, moving_averages, new_classifier)
