"""Checks the arguments of commands before TensorFlow is imported, which takes seconds.

Each function reports all mistakes that it finds. What the commands call later checks
everything again, also for programs that call it directly. Therefore the functions do
nothing in a process that has imported TensorFlow: there is no wait to avoid.
"""

from __future__ import annotations

import functools
import sys
from typing import Any, Callable, Sequence, TypeVar, cast

from ... import dependencies, errors, image_files
from ...efficientnet import config as config_lib
from ...finetuning import options as finetuning_options
from ...finetuning import photographs
from ...signatures import class_names
from .. import configuration, conversion_options, destinations, options
from ..storage import archive_reader, publication
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
    with mistakes.collect():
        _check_module(module)
    if labels is not None:
        with mistakes.collect():
            class_names.read_class_names(labels)
    _check_output(
        options.OutputOptions(output, archive=archive, overwrite=overwrite), mistakes
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
    with mistakes.collect():
        locations.files_of(weights)
    with mistakes.collect():
        chosen.check(output)
    with mistakes.collect():
        publication.check_destination(destinations.normalize(output), overwrite=False)
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
    with mistakes.collect():
        _check_module(chosen.module)
    with mistakes.collect():
        photographs.list_classes(chosen.images)
    _check_output(
        options.OutputOptions(output, archive=archive, overwrite=overwrite), mistakes
    )
    mistakes.raise_any()


@_before_tensorflow
def check_classification(module: str, images: Sequence[str], top: int) -> None:
    """Checks the arguments of `classify`.

    Raises:
      errors.InputError: if one is wrong.
    """
    mistakes = errors.Mistakes()
    if top < 1:
        mistakes.add(f"top must be a positive integer, found {top}")
    with mistakes.collect():
        _check_module(module)
    for image in images:
        with mistakes.collect():
            image_files.check_format(image)
    mistakes.raise_any()


@_before_tensorflow
def check_verification(module: str) -> None:
    """Checks the arguments of `verify`.

    Raises:
      errors.InputError: if one is wrong.
    """
    _check_module(module)


def _check_module(path: str) -> None:
    """Checks that there is a directory or a .tar.gz at a path."""
    with archive_reader.unpack(path, only=()):
        pass


def _check_output(output: options.OutputOptions, mistakes: errors.Mistakes) -> None:
    with mistakes.collect():
        path = destinations.normalize(output.output)
        directories = formats.list_directories(output.format, path, output.archive)
        for directory in directories.values():
            destinations.plan(directory, output.archive, output.overwrite)
