"""Packages again what a TF1 program exported with `hub.Module.export`.

Such an export has the program's weights, and graphs that its own TensorFlow wrote: no
documentation page, no archive, and, if they are those of `create_module_spec`, neither
the graph for servers nor ops that an old TensorFlow knows.
"""

from __future__ import annotations

import dataclasses
import os

from google.protobuf import struct_pb2

from .. import errors
from ..builder import module_config
from ..efficientnet import config as config_lib
from ..signatures import attachments, provenance
from ..signatures import names as signatures_lib
from . import destinations, exporter
from .saved_model import graph_facts, module_files
from .storage import archive_reader
from .weights import checkpoint

# What lies between a module's weights and those that it names: a program may have
# trained them.
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
      module: directory or .tar.gz of a module of a network of this package: of an
        export, by whatever program, of a module or ModuleSpec of this package.
      output: directory to write the new module to.
      labels: path of a file of class names, one a line; by default those that the
        module carries.
      archive: path of a .tar.gz to write too.
      overwrite: whether to replace what is at the destinations.

    Returns:
      What was written, and what there is to say of it.

    Raises:
      errors.InputError: if the module does not say what it is, or an input is wrong;
        nothing is left behind then.
    """
    output = os.path.normpath(output)
    with archive_reader.unpack(module) as directory:
        config = read_config(directory, module)
        destinations.check(output, archive, overwrite, source=module)
        if labels is not None:
            config = _with_labels(config, labels)
        return exporter.export_config(
            config,
            os.path.join(directory, module_files.VARIABLES_PREFIX),
            output,
            archive=archive,
            overwrite=overwrite,
            # The weights of a module are those that it computes with.
            moving_averages=checkpoint.NEVER,
            descent=DESCENT,
        )


def read_config(directory: str, told: str) -> module_config.ModuleConfig:
    """Returns the configuration of a module, as it tells it itself.

    Args:
      directory: the module's.
      told: what to call it in errors.

    Raises:
      errors.InputError: if it does not tell, or what it tells makes no sense.
    """
    saved_model = module_files.read_saved_model(directory)
    meta_graph = graph_facts.for_inference(saved_model, told)
    facts = graph_facts.attached_message(
        meta_graph, attachments.NETWORK, struct_pb2.Struct
    )
    if facts is None or not _FACTS.issubset(facts):
        raise errors.InputError(
            f"module '{told}' must say which network it is, by the attached "
            f"message '{attachments.NETWORK}', found none: is it of this package?"
        )
    facts = dict(facts)
    height, width = graph_facts.expected_image_size(meta_graph)
    if height != width:
        raise errors.InputError(
            "module '%s' must expect square images, found %d x %d: is it of this "
            "package?" % (told, height, width)
        )
    network = config_lib.get_config(
        facts["model"],
        image_size=height,
        preprocessing=facts["preprocessing"],
        num_classes=_num_classes(meta_graph, facts["task"], told),
    )
    names = graph_facts.attached_message(
        meta_graph, attachments.CLASS_NAMES, struct_pb2.ListValue
    )
    return module_config.ModuleConfig(
        network,
        class_names=None if names is None else list(names),
        provenance=provenance.Provenance.from_facts(facts),
    )


def _num_classes(meta_graph, task: str, told: str) -> int | None:
    if task == module_config.FEATURE_VECTOR:
        return None
    signatures = meta_graph.signature_def
    if signatures_lib.CLASSIFICATION in signatures:
        outputs = signatures[signatures_lib.CLASSIFICATION].outputs
        shape = graph_facts.shape(outputs[signatures_lib.DEFAULT])
        if shape and shape[-1]:
            return shape[-1]
    raise errors.InputError(
        f"module '{told}' must tell its number of classes by the signature "
        f"'{signatures_lib.CLASSIFICATION}', but does not: is it of this package?"
    )


def _with_labels(
    config: module_config.ModuleConfig, labels: str
) -> module_config.ModuleConfig:
    named = module_config.module_config(
        config.network.name,
        config.task,
        num_classes=config.network.num_classes,
        labels=labels,
    )
    return dataclasses.replace(config, class_names=named.class_names)
