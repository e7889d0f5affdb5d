"""The values of `--weights` that are names instead of paths, without TensorFlow."""

from __future__ import annotations

from ... import errors, escaping
from ...efficientnet import config as config_lib
from . import catalog, network_facts

RANDOM = "random"
IMAGENET = catalog.IMAGENET_NAME
NAMES = (RANDOM, *catalog.NAMES)


def check(weights: str, model: str | config_lib.NetworkConfig) -> None:
    """Checks that there are weights of a model, if the weights are a name.

    Args:
      weights: a value of `--weights`.
      model: the name of a variant, or a network.

    Raises:
      errors.InputError: if no set of the name has the variant.
    """
    if weights in catalog.NAMES:
        find(weights, config_lib.get_config(model).name)


def find(name: str, variant: str) -> catalog.PublishedWeights:
    """Returns the record of published weights.

    Args:
      name: one of `catalog.NAMES`.
      variant: the name of the variant.

    Raises:
      errors.InputError: if no set of the name has the variant.
    """
    record = catalog.find(variant, name)
    if record is None:
        raise _explain_missing(name, variant)
    return record


def facts_of(record: catalog.PublishedWeights) -> network_facts.NetworkFacts:
    """Returns what published weights say about their network."""
    return network_facts.NetworkFacts(
        preprocessing=record.preprocessing, image_size=record.image_size
    )


def _explain_missing(name: str, variant: str) -> errors.InputError:
    variants = [
        record.variant
        for set_name in catalog.NAMES[name]
        for record in catalog.PUBLISHED
        if record.set_name == set_name
    ]
    others = [
        f"--weights={other}" for other in catalog.NAMES if catalog.find(variant, other)
    ]
    cause = "give the path or the address of a checkpoint"
    if others:
        cause = f"it is in {', '.join(others)}"
    return errors.InputError(
        f"weights '{name}' must be of one of {', '.join(variants)}, found "
        f"{escaping.cut(variant)}: {cause}"
    )
