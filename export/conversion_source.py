"""Says what the weights of a conversion are, without TensorFlow."""

from __future__ import annotations

from .. import errors
from ..builder import module_config, tasks
from ..efficientnet import config as config_lib
from . import configuration, conversion_options, module_configuration
from . import options as options_lib
from .saved_model import module_files
from .storage import archive_reader
from .weights import locations


def choose(
    weights: str, options: conversion_options.ConversionOptions
) -> options_lib.ExportOptions:
    """Returns the options of an export of the weights.

    Args:
      weights: a module, or a value of `--weights`.
      options: the options of the conversion.

    Raises:
      errors.InputError: if the module is damaged, there is no model for other weights,
        or an option is out of range.
    """
    model, task = options.model, options.task
    if model is None:
        config = _read_module(weights)
        model, task = config.network.name, task or config.task
    chosen = options_lib.ExportOptions(
        model=model,
        weights=weights,
        task=task or tasks.CLASSIFICATION,
        preprocessing=options.preprocessing,
        source_model=options.source_model,
        moving_averages=options.moving_averages,
    )
    configuration.configure(chosen)
    return chosen


def _read_module(weights: str) -> module_config.ModuleConfig:
    if not locations.is_module(weights):
        raise errors.InputError(
            f"model must be given for weights that are no module, found '{weights}': "
            f"is one of {', '.join(config_lib.VARIANTS)} meant?"
        )
    with archive_reader.unpack(weights, only=module_files.GRAPH_FILES) as directory:
        return module_configuration.read(directory, weights)
