"""From what a user calls the weights to their values."""

from __future__ import annotations

import dataclasses
from typing import Mapping, Sequence

from ... import errors
from ...efficientnet import config as config_lib
from . import checkpoint, pretrained, pytorch, random_init, source
from . import moving_averages as moving_averages_lib

RANDOM = "random"
IMAGENET = "imagenet"


def load(
    weights: str,
    network: config_lib.NetworkConfig,
    variables: Mapping[str, Sequence[int]],
    moving_averages: str = moving_averages_lib.AUTO,
    new_classifier: bool = False,
) -> source.Weights:
    """Reads the weights of a network.

    Args:
      weights: 'random', 'imagenet', the path of a .pth file, or that of a
        TensorFlow checkpoint: its prefix, its directory, or a .tar.gz of it.
      network: the network.
      variables: shape of each of its variables by name.
      moving_averages: 'auto' or 'never', see `checkpoint.read`.
      new_classifier: whether the classifier starts at its initial values, whatever
        the weights say.

    Returns:
      Weights for all variables.

    Raises:
      errors.InputError: if there are no such weights, they are damaged, or of
        another network.
    """
    if moving_averages not in moving_averages_lib.CHOICES:
        raise errors.InputError(
            "moving_averages must be one of {}, found {!r}".format(
                ", ".join(moving_averages_lib.CHOICES), moving_averages
            )
        )
    if weights == RANDOM:
        return random_init.read(variables, network.seed)
    if not new_classifier:
        return _read(weights, network, variables, moving_averages, False)
    classifier = {n: s for n, s in variables.items() if source.is_classifier(n)}
    body = {n: s for n, s in variables.items() if n not in classifier}
    read = _read(weights, network, body, moving_averages, True)
    values = dict(read.values, **random_init.draw(classifier, network.seed))
    note = "the classifier starts anew, at initial values of seed %d" % network.seed
    return dataclasses.replace(
        read,
        values=values,
        origin=f"{read.origin}; {note}",
        notes=list(read.notes) + [note],
        new_classifier=True,
    )


def _read(
    weights: str,
    network: config_lib.NetworkConfig,
    variables: Mapping[str, Sequence[int]],
    moving_averages: str,
    new_classifier: bool,
) -> source.Weights:
    if weights == IMAGENET:
        return pretrained.read(network, variables, moving_averages, new_classifier)
    if weights.endswith(pytorch.EXTENSIONS):
        return pytorch.read(weights, network, variables, new_classifier)
    return checkpoint.read(weights, network, variables, moving_averages, new_classifier)
