"""Checks the arguments of commands before TensorFlow is imported, which takes seconds.

Each function reports all mistakes that it finds. An argument may be `UNKNOWN`: the
parser refuses it, and the others are checked. What the commands call later checks
everything again, also for programs that call it directly. Therefore the functions do
nothing in a process that has imported TensorFlow: there is no wait to avoid.
"""

from __future__ import annotations

import functools
import sys
from typing import Any, Callable, ContextManager, Mapping, Sequence, TypeVar, cast

from ... import dependencies, errors
from ...efficientnet import config as config_lib
from ...embedding import options as embedding_options
from ...evaluation import label_files
from ...evaluation import options as evaluation_options
from ...finetuning import cluster
from ...finetuning import options as finetuning_options
from ...photographs import decoding, folders, image_files
from ...signatures import class_names
from ...spark import job
from .. import (
    classification_inputs,
    configuration,
    conversion_options,
    conversion_source,
    destinations,
    embedding_output,
    evaluation_folder,
    finetuning_inputs,
    finetuning_photographs,
    image_graphs,
    module_configuration,
    options,
    output_choice,
)
from ..comparison import opened_module, photograph_files
from ..comparison import options as comparison_options
from ..saved_model import graph_facts, module_files
from ..storage import archive_reader
from ..weights import addresses, locations, named_weights, source_models
from ..writers import formats
from .unknown_values import UNKNOWN, are_known, fill

# Options of an export that are wrong whatever the others are.
_CHECKED_ALONE = ("num_classes", "image_size", "seed", "preprocessing")
# Options of an export in place of those that the parser refuses: what others contradict
# them is wrong with all values.
_LEAST_RESTRICTIVE = {"model": "efficientnet-b0", "weights": named_weights.RANDOM}
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
    inputs = {"labels": _list_known(chosen.labels)}
    with mistakes.collect():
        inputs["weights"] = locations.files_of(chosen.weights)
    _check_source_model(chosen.source_model, mistakes)
    _check_output(output, mistakes, inputs)
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
    known_labels = labels if are_known(labels) else None
    if are_known(module):
        with mistakes.collect(), _open_graphs(module) as directory:
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


@_before_tensorflow
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
        with mistakes.collect(), _open_graphs(chosen.module) as directory:
            config = module_configuration.read(directory, chosen.module)
    if are_known(chosen.images):
        with mistakes.collect():
            names = finetuning_photographs.check(chosen)
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


@_before_tensorflow
def check_classification(module: str, images: Sequence[str], top: int) -> None:
    """Checks the arguments of `classify`.

    Raises:
      errors.InputError: if one is wrong.
    """
    mistakes = errors.Mistakes()
    if are_known(top):
        with mistakes.collect():
            classification_inputs.check_top(top)
    if are_known(module):
        with mistakes.collect(), _open_graphs(module) as directory:
            classification_inputs.read_graph(directory, module)
    if are_known(images):
        with mistakes.collect():
            _check_an_image_is_readable(classification_inputs.expand(images))
    mistakes.raise_any()


def _check_an_image_is_readable(images: Sequence[str]) -> None:
    """Checks that not all images are damaged, which ends the command at once."""
    decoding.check_dependencies()
    mistakes = errors.Mistakes()
    for image in images:
        noted = len(mistakes.messages)
        with mistakes.collect():
            image_files.check_header(image_files.read(image), image)
        if len(mistakes.messages) == noted:
            return
    mistakes.raise_any()


@_before_tensorflow
def check_evaluation(values: Mapping[str, Any]) -> None:
    """Checks the arguments of `evaluate`.

    Args:
      values: the fields of `evaluation_options.Options` by their names.

    Raises:
      errors.InputError: if one is wrong.
    """
    mistakes = errors.Mistakes()
    with mistakes.collect():
        fill(evaluation_options.Options, values, module=UNKNOWN, images=UNKNOWN)
    module, images, labels = values["module"], values["images"], values["labels"]
    if are_known(module):
        with mistakes.collect(), _open_graphs(module) as directory:
            classification_inputs.read_graph(directory, module)
    if are_known(images):
        with mistakes.collect():
            folders.list_classes(images)
    if labels is not None and are_known(labels):
        with mistakes.collect():
            label_files.read(labels)
    output = values["output"]
    if output is not None and are_known(output, module, images):
        with mistakes.collect():
            evaluation_folder.check(output, module, images)
    mistakes.raise_any()


@_before_tensorflow
def check_embedding(
    module: str,
    images: str,
    destination: Mapping[str, Any],
    computation: Mapping[str, Any],
    master: str | None,
) -> None:
    """Checks the arguments of `embed`.

    Args:
      module: the module.
      images: the folder of the images.
      destination: the fields of `embedding_options.Destination` by their names.
      computation: the fields of `embedding_options.Computation` by their names.
      master: the address of a Spark cluster, or None for this process.

    Raises:
      errors.InputError: if one is wrong.
    """
    mistakes = errors.Mistakes()
    chosen = None
    with mistakes.collect():
        chosen = fill(embedding_options.Computation, computation)
    if are_known(module):
        with mistakes.collect(), _open_graphs(module) as directory:
            meta_graph = image_graphs.read(directory, module)
            graph_facts.expected_image_size(meta_graph, module)
            if chosen is not None:
                output_choice.choose(meta_graph, chosen, module)
    with mistakes.collect():
        fill(embedding_options.Destination, destination, output=UNKNOWN)
    _check_places(module, images, destination, master, mistakes)
    mistakes.raise_any()


def _check_places(
    module: str,
    images: str,
    destination: Mapping[str, Any],
    master: str | None,
    mistakes: errors.Mistakes,
) -> None:
    """Checks what `embed` reads and where it writes."""
    output, overwrite = destination["output"], destination["overwrite"]
    if master is not None:
        if are_known(images, output):
            with mistakes.collect():
                job.check(images, output)
        return
    if are_known(images):
        with mistakes.collect():
            folders.check_can_be_listed(images)
    if are_known(output, module, images):
        is_folder = destination["shard_size"] is not None
        with mistakes.collect():
            embedding_output.check(output, is_folder, overwrite, module, images)


@_before_tensorflow
def check_comparison(a: str, b: str, values: Mapping[str, Any]) -> None:
    """Checks the arguments of `compare`.

    Args:
      a: the module that is replaced.
      b: the replacement.
      values: the fields of `comparison_options.Options` by their names.

    Raises:
      errors.InputError: if one is wrong.
    """
    mistakes = errors.Mistakes()
    with mistakes.collect():
        fill(comparison_options.Options, values)
    for module in (a, b):
        if are_known(module):
            with mistakes.collect():
                opened_module.check(module)
    if are_known(values["images"]):
        with mistakes.collect():
            photograph_files.check(values["images"])
    mistakes.raise_any()


@_before_tensorflow
def check_verification(module: str) -> None:
    """Checks the arguments of `verify`.

    Raises:
      errors.InputError: if one is wrong.
    """
    if are_known(module):
        with _open_graphs(module) as directory:
            module_files.read_saved_model(directory, module)


def _check_source_of_conversion(
    weights: str, chosen: conversion_options.ConversionOptions
) -> None:
    facts = None
    if chosen.model is None:
        if addresses.is_address(weights):
            return  # What a module says is known when it is downloaded.
        facts = module_configuration.read_facts(weights)
    conversion_source.choose(weights, chosen, facts)


def _check_source_model(text: str | None, mistakes: errors.Mistakes) -> None:
    if text is not None and are_known(text):
        with mistakes.collect():
            source_models.parse(text)


def _list_known(path: str | None) -> list[str]:
    return [path] if path is not None and are_known(path) else []


def _open_graphs(path: str) -> ContextManager[str]:
    """Gives the directory of a module, or one with the graphs of its archive."""
    return archive_reader.unpack(path, only=module_files.GRAPH_FILES)


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
