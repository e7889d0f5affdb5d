"""Writes the weights of a module, or others, as a file of another library."""

from __future__ import annotations

import dataclasses
import os
from typing import Sequence

from ... import errors
from ...builder import graphs
from ...efficientnet import config as config_lib
from .. import configuration, destinations, weights_opening
from ..storage import publication
from ..weights import library_files, loading, locations, source
from ..weights import mapping as mapping_lib
from . import conversion_notes, conversion_options, conversion_source


@dataclasses.dataclass(frozen=True)
class Converted:
    """What a conversion wrote.

    Attributes:
      output: the file, or the folder of a checkpoint.
      notes: what the user should know, one sentence each.
      mapping: what became of each array of the source.
    """

    output: str
    notes: Sequence[str]
    mapping: mapping_lib.WeightsMapping = mapping_lib.WeightsMapping()


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
    facts = (
        weights_opening.read_module_facts(weights) if options.model is None else None
    )
    chosen = conversion_source.choose(weights, options, facts)
    network = configuration.configure(chosen).network
    with weights_opening.open_weights(
        weights, network, chosen.moving_averages, chosen.source_model
    ) as opened:
        config = configuration.configure(chosen, opened.facts)
        notes = conversion_notes.describe(
            config, opened.facts, options.to, options.library
        )
        variables = graphs.inference_graphs(config)[0].variable_shapes()
        read = loading.read(opened, config.network, variables)
    _write(output, read, config.network, options)
    return Converted(output, [*read.notes, *notes], read.mapping)


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
