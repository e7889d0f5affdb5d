"""Writes the weights of a module, or others, as a file of another library."""

from __future__ import annotations

import dataclasses
import os
from typing import Sequence

from .. import errors
from ..builder import graphs, module_config
from ..efficientnet import config as config_lib
from . import (
    configuration,
    conversion_options,
    conversion_source,
    destinations,
    exporter,
)
from .storage import publication
from .weights import (
    file_formats,
    library_files,
    loading,
    locations,
    source,
    source_models,
)


@dataclasses.dataclass(frozen=True)
class Converted:
    """What a conversion wrote.

    Attributes:
      output: the file, or the folder of a checkpoint.
      notes: what the user should know, one sentence each.
    """

    output: str
    notes: Sequence[str]


def convert_weights(
    weights: str,
    output: str,
    to: str,
    library: str | None = None,
    model: str | None = None,
    source_model: str | None = None,
    task: str | None = None,
    preprocessing: str | None = None,
    moving_averages: str = "auto",
) -> Converted:
    """Writes weights in another format. The values are the same, bit for bit.

    Args:
      weights: the directory or .tar.gz of a module, or other weights, see
        `exporter.export_module`.
      output: the file to write, or the folder for a checkpoint. It must not exist.
      to: 'checkpoint' for a TensorFlow checkpoint in the publisher's names,
        'safetensors' or 'pth' for a state dict of PyTorch, 'keras' for a `.weights.h5`
        file of Keras Applications.
      library: the library whose names a state dict has: 'timm', 'torchvision' or
        'efficientnet_pytorch'.
      model: the variant of weights that are no module of this package.
      source_model: see `exporter.export_module`.
      task: 'feature-vector' leaves out the classifier; by default as in the source.
      preprocessing: see `exporter.export_module`.
      moving_averages: see `exporter.export_module`.

    Returns:
      What was written, and notes on it.

    Raises:
      errors.InputError: if an input is wrong, or the format cannot express the
        network; nothing is left behind then.
      errors.DependencyError: if a package that writes the format is missing.
    """
    options = conversion_options.ConversionOptions(
        to, library, model, source_model, task, preprocessing, moving_averages
    )
    return convert(weights, output, options)


def convert(
    weights: str, output: str, options: conversion_options.ConversionOptions
) -> Converted:
    """Writes weights in another format, see `convert_weights`."""
    output = destinations.normalize(output)
    options.check()
    options.check_name(output)
    destinations.check_new(output, {"weights": locations.files_of(weights)})
    chosen = conversion_source.choose(weights, options)
    network = configuration.configure(chosen).network
    with exporter.open_weights(chosen, network) as opened:
        config = configuration.configure(chosen, opened.facts)
        notes = [*_describe_images(config, options.to), *_check_format(config, options)]
        variables = graphs.inference_graphs(config)[0].variable_shapes()
        read = loading.read(opened, config.network, variables)
    _write(output, read, config.network, options)
    return Converted(output, [*read.notes, *notes])


def _describe_images(config: module_config.ModuleConfig, to: str) -> list[str]:
    """Returns how to prepare images, which most formats do not say."""
    if to == file_formats.KERAS:
        return []  # A layer of the network normalizes.
    return [
        "the file does not say how images are normalized: "
        f"{config.network.preprocessing}, at {config.network.image_size} px"
    ]


def _check_format(
    config: module_config.ModuleConfig, options: conversion_options.ConversionOptions
) -> list[str]:
    """Checks that a format can express a network, and returns notes."""
    network = config.network
    if options.library is not None:
        return [f"load it in {_find_equivalent(network, options.library)}"]
    computes_as_published = (network.padding, network.batch_norm_epsilon) == (
        config_lib.SAME,
        config_lib.BATCH_NORM_EPSILON,
    )
    if options.to == file_formats.CHECKPOINT and not computes_as_published:
        return [
            f"the checkpoint does not say that the network has the padding "
            f"{network.padding} and the epsilon {network.batch_norm_epsilon:g}"
        ]
    return []


def _find_equivalent(network: config_lib.NetworkConfig, library: str) -> str:
    """Returns the library's name of a network."""
    found = [
        text
        for text, model in source_models.list_all().items()
        if (model.naming.name, model.variant) == (library, network.name)
        and model.padding == network.padding
        and model.batch_norm_epsilon == network.batch_norm_epsilon
    ]
    if not found:
        raise errors.InputError(
            f"{library} must have a model that computes as the network, found none for "
            f"{network.name} with the padding {network.padding} and the epsilon "
            f"{network.batch_norm_epsilon:g}: is another library meant?"
        )
    return min(found, key=len)


def _write(
    output: str,
    read: source.Weights,
    network: config_lib.NetworkConfig,
    options: conversion_options.ConversionOptions,
) -> None:
    with publication.staging(output) as folder:
        staged = os.path.join(folder, os.path.basename(output))
        with errors.naming(output):
            library_files.write(
                staged, read.values, network, options.to, options.library
            )
        publication.publish(staged, output, overwrite=False)
