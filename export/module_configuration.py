"""Reads the configuration of a module from what is attached to it."""

from __future__ import annotations

import dataclasses
from typing import Mapping

from .. import errors
from ..builder import module_config, tasks
from ..efficientnet import config as config_lib
from ..signatures import attachments, measurements, provenance
from ..signatures import names as signatures_lib
from . import claims as claims_lib
from .saved_model import graph_facts, module_facts, module_files
from .storage import archive_reader
from .weights import locations

# What a module of this package says.
_FACTS = {"model", "task", "preprocessing", attachments.WEIGHTS}


def read(directory: str, name: str) -> module_config.ModuleConfig:
    """Returns the configuration of a module, from what is attached to it.

    Args:
      directory: the module's.
      name: what to call the module in errors.

    Raises:
      errors.InputError: if the module does not say its configuration, or says one that
        cannot be.
    """
    return from_claims(read_claims(directory, name), name)


def read_claims(directory: str, name: str) -> claims_lib.Claims:
    """Returns what the graph for inference of a module says of the module.

    Args:
      directory: the module's.
      name: what to call the module in errors.

    Raises:
      errors.InputError: if the module is damaged, or says what its graphs contradict.
    """
    saved_model = module_files.read_saved_model(directory, name)
    claims_lib.check(saved_model, name)
    return claims_lib.read(graph_facts.for_inference(saved_model, name), name)


def read_saved_model_claims(
    directory: str, name: str, num_classes: int | None
) -> claims_lib.Claims:
    """Returns what a SavedModel of TensorFlow 2 says of its module.

    Args:
      directory: the directory of the SavedModel, of which the file of facts is read.
      name: what to call the SavedModel in errors.
      num_classes: the number of classes of its classifier, None if it is not known.

    Raises:
      errors.InputError: if the file is missing or damaged, or says what cannot be.
    """
    facts = module_facts.read(directory, name)
    claims = claims_lib.Claims(
        facts=facts.network,
        class_names=None if facts.class_names is None else list(facts.class_names),
        image_size=(facts.image_size, facts.image_size),
        num_classes=num_classes,
    )
    claims_lib.check_facts(claims, name, f"its file {module_facts.PATH}")
    return claims


def read_facts(weights: str) -> Mapping[str, str] | None:
    """Returns what a module says of its network, None if the weights are no module.

    Args:
      weights: a value of `--weights` that is no address.

    Raises:
      errors.InputError: if it is a module that does not say it, or is damaged.
    """
    if not locations.may_be_module(weights):
        return None
    files = (*module_files.GRAPH_FILES, module_facts.PATH)
    with archive_reader.unpack(weights, only=files) as directory:
        if locations.is_module_directory(directory):
            claims = read_claims(directory, weights)
        elif locations.is_saved_model_directory(directory):
            claims = read_saved_model_claims(directory, weights, None)
        else:
            return None
    return require_facts(claims, weights)


def is_complete(claims: claims_lib.Claims) -> bool:
    """Returns whether a module says its network, as those of this package do."""
    return claims.facts is not None and _FACTS.issubset(claims.facts)


def from_claims(claims: claims_lib.Claims, name: str) -> module_config.ModuleConfig:
    """Returns the configuration of a module, see `read`."""
    facts = require_facts(claims, name)
    num_classes = _require_num_classes(claims, facts["task"], name)
    try:
        network = config_lib.get_config(
            facts["model"],
            image_size=_require_image_size(claims, name),
            num_classes=num_classes,
            **module_config.read_network_choices(facts),
        )
    except errors.InputError as error:
        if name in str(error):
            raise
        raise errors.InputError(f"module '{name}' has a wrong fact: {error}") from error
    return module_config.ModuleConfig(
        network,
        class_names=claims.class_names,
        provenance=provenance.Provenance.from_facts(facts),
        recompute=module_config.read_recompute(facts),
        measurement=_read_measurement(facts, num_classes, name),
    )


def _read_measurement(
    facts: Mapping[str, str], num_classes: int | None, name: str
) -> measurements.Measurement | None:
    if module_config.MEASURED not in facts:
        return None
    try:
        return measurements.from_fact(facts[module_config.MEASURED], num_classes)
    except errors.InputError as error:
        raise errors.InputError(f"module '{name}' has a wrong fact: {error}") from error


def require_facts(claims: claims_lib.Claims, name: str) -> Mapping[str, str]:
    """Returns what a module says of its network.

    Args:
      claims: what the module says.
      name: what to call the module in errors.

    Raises:
      errors.InputError: if it does not say it.
    """
    if claims.facts is None or not is_complete(claims):
        raise errors.InputError(
            f"module '{name}' must say which network it is, by the attached "
            f"message '{attachments.NETWORK}', found none: is it of this package?"
        )
    return claims.facts


def _require_image_size(claims: claims_lib.Claims, name: str) -> int:
    if claims.image_size is None:
        raise errors.InputError(
            f"module '{name}' must say its expected image size, found none: is it of "
            "this package?"
        )
    height, width = claims.image_size
    if height != width:
        raise errors.InputError(
            f"module '{name}' must expect square images, found {height} x {width}: is "
            "it of this package?"
        )
    return height


def _require_num_classes(claims: claims_lib.Claims, task: str, name: str) -> int | None:
    if task == tasks.FEATURE_VECTOR:
        return None
    if claims.num_classes is None:
        raise errors.InputError(
            f"module '{name}' must have the signature "
            f"'{signatures_lib.CLASSIFICATION}' with a known number of classes, found "
            "none: is it of this package?"
        )
    return claims.num_classes


def replace_labels(
    config: module_config.ModuleConfig, labels: str
) -> module_config.ModuleConfig:
    """Returns the configuration with the class names of a file.

    Args:
      config: the configuration of a module.
      labels: path of a file of class names, one per line.

    Raises:
      errors.InputError: if it has no classifier, or another number of classes.
    """
    named = module_config.module_config(
        config.network,
        task=config.task,
        num_classes=config.network.num_classes,
        labels=labels,
    )
    return dataclasses.replace(config, class_names=named.class_names)
