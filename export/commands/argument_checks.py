"""Checks the arguments of commands before TensorFlow is imported, which takes seconds.

Each function reports all mistakes that it finds. An argument may be `UNKNOWN`: the
parser refuses it, and the others are checked. What the commands call later checks
everything again, also for programs that call it directly. Therefore the functions do
nothing in a process that has imported TensorFlow: there is no wait to avoid.
"""

from __future__ import annotations

from typing import Any, Mapping, Sequence

from ... import errors, progress_bars
from ...efficientnet import config as config_lib
from ...finetuning import cluster
from ...finetuning import options as finetuning_options
from ...signatures import class_names
from .. import configuration, destinations, module_configuration, options
from ..conversion import conversion_options, conversion_source
from ..finetuning import finetuning_inputs, finetuning_photographs
from ..saved_model import module_files
from ..storage import archive_reader
from ..weights import locations, named_weights, source_models
from ..writers import formats
from . import early_checks
from .unknown_values import UNKNOWN, are_known, fill

# Options of an export that are wrong whatever the others are.
_CHECKED_ALONE = ("num_classes", "image_size", "seed", "preprocessing")
# Values for options that the parser refuses. The other options may have the most values
# with them: what these values do not permit is always wrong.
_LEAST_RESTRICTIVE = {"model": "efficientnet-b0", "weights": named_weights.RANDOM}


@early_checks.before_tensorflow
def check_export(values: Mapping[str, Any], output: options.OutputOptions) -> None:
    """Checks the arguments of `export`.

    Args:
      values: the fields of `options.ExportOptions` by their names.
      output: where to write the module.

    Raises:
      errors.InputError: if one is wrong.
    """
    mistakes = errors.Mistakes()
    chosen = fill(options.ExportOptions, values, **_LEAST_RESTRICTIVE)
    for name in _CHECKED_ALONE:
        value = getattr(chosen, name)
        if value is not None:
            with mistakes.collect():
                config_lib.get_config(chosen.model, **{name: value})
    if chosen.labels is not None:
        with mistakes.collect():
            class_names.read_class_names(chosen.labels)
    with mistakes.collect():
        config = configuration.configure(chosen)
        configuration.check_classifier(config, chosen.new_classifier)
    if are_known(values["model"], values["weights"]):
        with mistakes.collect():
            named_weights.check(chosen.weights, chosen.model)
    inputs = {"labels": _list_known(chosen.labels)}
    with mistakes.collect():
        inputs["weights"] = locations.files_of(chosen.weights)
    _check_source_model(chosen.source_model, mistakes)
    _check_output(output, mistakes, inputs)
    mistakes.raise_any()


@early_checks.before_tensorflow
def check_repackaging(
    module: str, labels: str | None, output: str, archive: str | None, overwrite: bool
) -> None:
    """Checks the arguments of `repackage`.

    Raises:
      errors.InputError: if one is wrong.
    """
    mistakes = errors.Mistakes()
    known_labels = labels if are_known(labels) else None
    if are_known(module):
        with mistakes.collect(), early_checks.open_graphs(module) as directory:
            config = module_configuration.read(directory, module)
            if known_labels is not None:
                module_configuration.replace_labels(config, known_labels)
    if known_labels is not None:  # Also if the module is wrong.
        with mistakes.collect():
            class_names.read_class_names(known_labels)
    _check_output(
        options.OutputOptions(output, archive=archive, overwrite=overwrite),
        mistakes,
        {"module": _list_known(module), "labels": _list_known(known_labels)},
    )
    mistakes.raise_any()


@early_checks.before_tensorflow
def check_conversion(
    weights: str, output: str, chosen: conversion_options.ConversionOptions
) -> None:
    """Checks the arguments of `convert`.

    Raises:
      errors.InputError: if one is wrong.
    """
    mistakes = errors.Mistakes()
    inputs: dict[str, Sequence[str]] = {}
    if are_known(weights):
        with mistakes.collect():
            inputs["weights"] = locations.files_of(weights)
    if are_known(chosen.to, chosen.library):
        with mistakes.collect():
            chosen.check()
    if are_known(output):
        with mistakes.collect():
            chosen.check_name(output)
        with mistakes.collect():
            destinations.check_new(destinations.normalize(output), inputs)
    if are_known(chosen.model) and ("weights" in inputs or chosen.model is not None):
        known = fill(conversion_options.ConversionOptions, vars(chosen), to=chosen.to)
        with mistakes.collect():
            _check_source_of_conversion(weights, known)
    _check_source_model(chosen.source_model, mistakes)
    mistakes.raise_any()


@early_checks.before_tensorflow
def check_fine_tuning(
    values: Mapping[str, Any], output: str, archive: str | None, overwrite: bool
) -> None:
    """Checks the arguments of `finetune`.

    Args:
      values: the fields of `finetuning_options.Options` by their names.
      output: where to write the module.
      archive: path of a .tar.gz to write too, or None.
      overwrite: whether to replace what exists at the destinations.

    Raises:
      errors.InputError: if one is wrong.
    """
    mistakes = errors.Mistakes()
    chosen = _fill_fine_tuning(values, mistakes)
    task, config, names = cluster.Task(), None, None
    with mistakes.collect():
        task = cluster.read_task()
        finetuning_inputs.check_freeze(chosen, task)
    if are_known(chosen.module):
        with mistakes.collect(), early_checks.open_graphs(chosen.module) as directory:
            config = module_configuration.read(directory, chosen.module)
    if are_known(chosen.images):
        with mistakes.collect():
            names = finetuning_photographs.check(chosen, progress_bars.start_bar)
    if config is not None and names is not None:
        with mistakes.collect():
            finetuning_inputs.replace_classes(config, names, chosen)
    if are_known(output, archive, values["training_dir"]):
        with mistakes.collect():
            path = destinations.normalize(output)
            finetuning_inputs.check_paths(
                chosen,
                task,
                path,
                archive,
                overwrite,
                {
                    "module": _list_known(chosen.module),
                    "photographs": [
                        folder for folder in chosen.list_folders() if are_known(folder)
                    ],
                },
            )
    mistakes.raise_any()


def _fill_fine_tuning(
    values: Mapping[str, Any], mistakes: errors.Mistakes
) -> finetuning_options.Options:
    """Returns the options, and adds what is wrong with them alone to the mistakes."""
    paths = {"module": UNKNOWN, "images": UNKNOWN}
    with mistakes.collect():
        return fill(finetuning_options.Options, values, **paths)
    others = ("module", "images", "training_dir", "freeze")
    return fill(
        finetuning_options.Options, {name: values[name] for name in others}, **paths
    )


@early_checks.before_tensorflow
def check_verification(module: str) -> None:
    """Checks the arguments of `verify`.

    Raises:
      errors.InputError: if one is wrong.
    """
    if are_known(module):
        with early_checks.open_graphs(module) as directory:
            module_files.read_saved_model(directory, module)


def _check_source_of_conversion(
    weights: str, chosen: conversion_options.ConversionOptions
) -> None:
    facts = None
    if chosen.model is None:
        if archive_reader.is_address(weights):
            return  # What a module says is known when it is downloaded.
        facts = module_configuration.read_facts(weights)
    conversion_source.choose(weights, chosen, facts)


def _check_source_model(text: str | None, mistakes: errors.Mistakes) -> None:
    if text is not None and are_known(text):
        with mistakes.collect():
            source_models.parse(text)


def _list_known(path: str | None) -> list[str]:
    return [path] if path is not None and are_known(path) else []


def _check_output(
    output: options.OutputOptions,
    mistakes: errors.Mistakes,
    inputs: Mapping[str, Sequence[str]],
) -> None:
    if not are_known(output):
        return
    with mistakes.collect():
        path = destinations.normalize(output.output)
        directories = formats.list_directories(output.format, path, output.archive)
        for directory in directories.values():
            destinations.plan(directory, output.archive, output.overwrite, inputs)
