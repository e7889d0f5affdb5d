"""Writes a module with the weights of one that a TF1 program exported.

A program that calls `hub.Module.export` writes its weights, and graphs of its own
TensorFlow. It writes no documentation page and no archive. If the module comes from
`create_module_spec`, it also has no graph for servers, and ops that an old TensorFlow
does not know.
"""

from __future__ import annotations

import dataclasses
import os
from typing import Mapping

from .. import errors
from ..builder import module_config, tasks
from ..efficientnet import config as config_lib
from ..signatures import attachments, provenance
from ..signatures import names as signatures_lib
from . import claims as claims_lib
from . import destinations, exporter, options
from .saved_model import graph_facts, module_files
from .storage import archive_reader
from .weights import module_variables, moving_averages

# How a module's weights descend from those that it names: a program may have trained
# them.
DESCENT = "of a module that started from"
_FACTS = {"model", "task", "preprocessing", attachments.WEIGHTS}


def repackage_module(
    module: str,
    output: str,
    labels: str | None = None,
    archive: str | None = None,
    overwrite: bool = False,
) -> exporter.ExportedModule:
    """Writes a module with the weights of another, as `export_module` writes it.

    Args:
      module: directory or .tar.gz of a module. Any program may have exported it, from a
        module or a ModuleSpec of this package.
      output: directory to write the new module to.
      labels: path of a file of class names, one per line; by default those in the
        module.
      archive: path of a .tar.gz to write too.
      overwrite: whether to replace what exists at the destinations.

    Returns:
      The paths of what was written, and notes on it.

    Raises:
      errors.InputError: if the module does not say what it is, or an input is wrong;
        nothing is left behind then.
    """
    output = destinations.normalize(output)
    with archive_reader.unpack(module) as directory:
        config = read_config(directory, module)
        module_variables.check_in(directory, module)
        inputs = {"module": [module], "labels": [] if labels is None else [labels]}
        destinations.plan(output, archive, overwrite, inputs)
        if labels is not None:
            config = _replace_labels(config, labels)
        return exporter.export_config(
            config,
            exporter.WeightsRequest(
                weights=os.path.join(directory, module_files.VARIABLES_PREFIX),
                # A module computes with its raw weights.
                moving_averages=moving_averages.NEVER,
                descent=DESCENT,
            ),
            options.OutputOptions(output=output, archive=archive, overwrite=overwrite),
        )


def read_config(directory: str, name: str) -> module_config.ModuleConfig:
    """Returns the configuration of a module, from what is attached to it.

    Args:
      directory: the module's.
      name: what to call the module in errors.

    Raises:
      errors.InputError: if the module does not say its configuration, or says one that
        cannot be.
    """
    saved_model = module_files.read_saved_model(directory, name)
    claims_lib.check(saved_model, name)
    claims = claims_lib.read(graph_facts.for_inference(saved_model, name), name)
    facts = _require_facts(claims, name)
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
    )


def _require_facts(claims: claims_lib.Claims, name: str) -> Mapping[str, str]:
    facts = claims.facts
    if facts is None or not _FACTS.issubset(facts):
        raise errors.InputError(
            f"module '{name}' must say which network it is, by the attached "
            f"message '{attachments.NETWORK}', found none: is it of this package?"
        )
    return facts


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


def _replace_labels(
    config: module_config.ModuleConfig, labels: str
) -> module_config.ModuleConfig:
    named = module_config.module_config(
        config.network,
        task=config.task,
        num_classes=config.network.num_classes,
        labels=labels,
    )
    return dataclasses.replace(config, class_names=named.class_names)
