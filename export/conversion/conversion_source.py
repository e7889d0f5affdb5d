"""Says what the weights of a conversion are, without TensorFlow."""

from __future__ import annotations

from typing import Mapping

from ... import errors
from ...builder import tasks
from ...efficientnet import config as config_lib
from .. import configuration
from .. import options as options_lib
from ..storage import archive_reader
from ..weights import addresses
from . import conversion_options


def choose(
    weights: str,
    options: conversion_options.ConversionOptions,
    facts: Mapping[str, str] | None,
) -> options_lib.ExportOptions:
    """Returns the options of an export of the weights.

    Args:
      weights: a module, or a value of `--weights`.
      options: the options of the conversion.
      facts: what the module says of its network, see `module_configuration.read_facts`.

    Raises:
      errors.InputError: if there is no model for weights that are no module, or an
        option is out of range.
    """
    model, task = options.model, options.task
    if model is None:
        if facts is None:
            shown = (
                addresses.show(weights)
                if archive_reader.is_address(weights)
                else weights
            )
            raise errors.InputError(
                f"model must be given for weights that are no module, found '{shown}': "
                f"give --model, such as --model={next(iter(config_lib.VARIANTS))}"
            )
        _check_task(task, facts["task"], weights)
        model, task = facts["model"], task or facts["task"]
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


def _check_task(task: str | None, found: str, module: str) -> None:
    if task == tasks.CLASSIFICATION and found != tasks.CLASSIFICATION:
        raise errors.InputError(
            f"task must be {found} for module '{module}', which has no classifier, "
            f"found {task}: leave out --task"
        )
