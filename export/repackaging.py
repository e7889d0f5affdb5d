"""Writes a module with the weights of one that a TF1 program exported.

A program that calls `hub.Module.export` writes its weights, and graphs of its own
TensorFlow. It writes no documentation page and no archive. If the module comes from
`create_module_spec`, it also has no graph for servers, and ops that an old TensorFlow
does not know.
"""

from __future__ import annotations

import os

from . import destinations, exporter, module_configuration, options
from .saved_model import module_files
from .storage import archive_reader
from .weights import module_variables, moving_averages

# How a module's weights descend from those that it names: a program may have trained
# them.
DESCENT = "of a module that started from"


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
        config = module_configuration.read(directory, module)
        module_variables.check_in(directory, module)
        inputs = {"module": [module], "labels": [] if labels is None else [labels]}
        destinations.plan(output, archive, overwrite, inputs)
        if labels is not None:
            config = module_configuration.replace_labels(config, labels)
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
