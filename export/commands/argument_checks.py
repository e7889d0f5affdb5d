"""Checks the arguments of commands before TensorFlow is imported, which takes seconds.

Each function reports all mistakes that it finds. What the commands call later checks
everything again, also for programs that call it directly. Therefore the functions do
nothing in a process that has imported TensorFlow: there is no wait to avoid.
"""

from __future__ import annotations

import functools
import sys
from typing import Any, Callable, ContextManager, Mapping, Sequence, TypeVar, cast

from ... import dependencies, errors, image_files
from ...efficientnet import config as config_lib
from ...finetuning import cluster, photographs
from ...finetuning import options as finetuning_options
from ...signatures import class_names
from .. import (
    classification_inputs,
    configuration,
    conversion_options,
    destinations,
    finetuning_inputs,
    module_configuration,
    options,
)
from ..saved_model import module_files
from ..storage import archive_reader
from ..weights import locations
from ..writers import formats

_NUMBERS = ("num_classes", "image_size", "seed")
_CheckT = TypeVar("_CheckT", bound=Callable[..., None])


def _before_tensorflow(check: _CheckT) -> _CheckT:
    """Makes a check first look for a TensorFlow, or do nothing if it is imported."""

    @functools.wraps(check)
    def checked(*arguments: Any) -> None:
        if "tensorflow" not in sys.modules:
            dependencies.check_tensorflow_is_installed()
            check(*arguments)

    return cast(_CheckT, checked)


@_before_tensorflow
def check_export(chosen: options.ExportOptions, output: options.OutputOptions) -> None:
    """Checks the arguments of `export`.

    Raises:
      errors.InputError: if one is wrong.
    """
    mistakes = errors.Mistakes()
    for name in _NUMBERS:
        value = getattr(chosen, name)
        if value is not None:
            with mistakes.collect():
                config_lib.get_config(chosen.model, **{name: value})
    with mistakes.collect():
        config = configuration.configure(chosen)
        configuration.check_classifier(config, chosen.new_classifier)
    with mistakes.collect():
        locations.files_of(chosen.weights)
    _check_output(output, mistakes)
    mistakes.raise_any()


@_before_tensorflow
def check_repackaging(
    module: str, labels: str | None, output: str, archive: str | None, overwrite: bool
) -> None:
    """Checks the arguments of `repackage`.

    Raises:
      errors.InputError: if one is wrong.
    """
    mistakes = errors.Mistakes()
    with mistakes.collect(), _open_graphs(module) as directory:
        config = module_configuration.read(directory, module)
        if labels is not None:
            module_configuration.replace_labels(config, labels)
    if labels is not None:  # Also if the module is wrong.
        with mistakes.collect():
            class_names.read_class_names(labels)
    inputs = {"module": [module], "labels": [] if labels is None else [labels]}
    _check_output(
        options.OutputOptions(output, archive=archive, overwrite=overwrite),
        mistakes,
        inputs,
    )
    mistakes.raise_any()


@_before_tensorflow
def check_conversion(
    weights: str, output: str, chosen: conversion_options.ConversionOptions
) -> None:
    """Checks the arguments of `convert`.

    Raises:
      errors.InputError: if one is wrong.
    """
    mistakes = errors.Mistakes()
    inputs: dict[str, Sequence[str]] = {}
    with mistakes.collect():
        inputs["weights"] = locations.files_of(weights)
    with mistakes.collect():
        chosen.check(output)
    with mistakes.collect():
        destinations.check_new(destinations.normalize(output), inputs)
    mistakes.raise_any()


@_before_tensorflow
def check_fine_tuning(
    chosen: finetuning_options.Options,
    output: str,
    archive: str | None,
    overwrite: bool,
) -> None:
    """Checks the arguments of `finetune`.

    Raises:
      errors.InputError: if one is wrong.
    """
    mistakes = errors.Mistakes()
    task, config, names = cluster.Task(), None, None
    with mistakes.collect():
        task = cluster.read_task()
        finetuning_inputs.check_freeze(chosen, task)
    with mistakes.collect(), _open_graphs(chosen.module) as directory:
        config = module_configuration.read(directory, chosen.module)
    with mistakes.collect():
        names = photographs.check_folder(chosen.images)
    if config is not None and names is not None:
        with mistakes.collect():
            finetuning_inputs.replace_classes(config, names, chosen)
    with mistakes.collect():
        path = destinations.normalize(output)
        finetuning_inputs.check_paths(chosen, task, path, archive, overwrite)
    mistakes.raise_any()


@_before_tensorflow
def check_classification(module: str, images: Sequence[str], top: int) -> None:
    """Checks the arguments of `classify`.

    Raises:
      errors.InputError: if one is wrong.
    """
    mistakes = errors.Mistakes()
    with mistakes.collect():
        classification_inputs.check_top(top)
    with mistakes.collect(), _open_graphs(module) as directory:
        classification_inputs.read_graph(directory, module)
    for image in images:
        with mistakes.collect():
            image_files.check_format(image)
            image_files.read_orientation(image)
    mistakes.raise_any()


@_before_tensorflow
def check_verification(module: str) -> None:
    """Checks the arguments of `verify`.

    Raises:
      errors.InputError: if one is wrong.
    """
    with _open_graphs(module) as directory:
        module_files.read_saved_model(directory, module)


def _open_graphs(path: str) -> ContextManager[str]:
    """Gives the directory of a module, or one with the graphs of its archive."""
    return archive_reader.unpack(path, only=module_files.GRAPH_FILES)


def _check_output(
    output: options.OutputOptions,
    mistakes: errors.Mistakes,
    inputs: Mapping[str, Sequence[str]] | None = None,
) -> None:
    with mistakes.collect():
        path = destinations.normalize(output.output)
        directories = formats.list_directories(output.format, path, output.archive)
        for directory in directories.values():
            destinations.plan(directory, output.archive, output.overwrite, inputs)
