"""Exports a module: configuration and weights in, a directory out."""

from __future__ import annotations

import dataclasses
import os
from typing import Sequence

from efficientnet_hub import errors
from efficientnet_hub.builder import graphs, module_config
from efficientnet_hub.export import archive as archive_lib
from efficientnet_hub.export import destinations as destinations_lib
from efficientnet_hub.export import hub_writer, model_card
from efficientnet_hub.export.weights import checkpoint, loading


@dataclasses.dataclass(frozen=True)
class ExportedModule:
    """What an export wrote.

    Attributes:
      directory: the module.
      card: its documentation page.
      archive: its archive, or None if none was asked for.
      notes: what the user should be told, a sentence each.
    """

    directory: str
    card: str
    archive: str | None
    notes: Sequence[str]


def export_module(
    model: str,
    weights: str,
    output: str,
    task: str = module_config.CLASSIFICATION,
    num_classes: int | None = None,
    labels: str | None = None,
    image_size: int | None = None,
    preprocessing: str | None = None,
    archive: str | None = None,
    seed: int = 0,
    overwrite: bool = False,
    moving_averages: str = checkpoint.AUTO,
    new_classifier: bool = False,
) -> ExportedModule:
    """Writes an EfficientNet as a module in the TF1 Hub format.

    Nothing is written before all inputs were checked, and nothing is seen at its
    destination before it is whole. The same inputs under the same TensorFlow give
    the same bytes.

    Args:
      model: a variant's name, e.g. 'efficientnet-b2'.
      weights: 'random', 'imagenet', the path of a .pth file, or that of a
        TensorFlow checkpoint: its prefix, its directory, or a .tar.gz of it.
      output: directory to write the module to; its documentation page goes beside
        it, to `<output>.md`.
      task: 'classification' or 'feature-vector'.
      num_classes: outputs of the classifier; by default as many as there are
        labels, or 1,000 without labels.
      labels: path of a file of class names, one a line; by default ImageNet's.
      image_size: expected height and width in pixels, by default the variant's.
      preprocessing: 'imagenet', 'advprop' or 'lite', by default the variant's.
      archive: path of a .tar.gz to write too.
      seed: seeds random weights and a new classifier, in [0, 2**32).
      overwrite: whether to replace what is at the destinations.
      moving_averages: 'auto' takes a variable's moving average where a checkpoint
        has one, 'never' its raw value.
      new_classifier: whether the classifier starts at its initial values.

    Returns:
      What was written, and what there is to say of it.

    Raises:
      errors.InputError: if an input is wrong; nothing is left behind then.
    """
    config = module_config.module_config(
        model, task, num_classes, labels, image_size, preprocessing, seed
    )
    return export_config(
        config, weights, output, archive, overwrite, moving_averages, new_classifier
    )


def export_config(
    config: module_config.ModuleConfig,
    weights: str,
    output: str,
    archive: str | None = None,
    overwrite: bool = False,
    moving_averages: str = checkpoint.AUTO,
    new_classifier: bool = False,
    measured: str | None = None,
) -> ExportedModule:
    """Writes the module of a configuration, as `export_module` does.

    Args:
      config: the module's configuration, but for where its weights came from.
      weights: what they are called, as of `export_module`.
      output: directory to write the module to.
      archive: path of a .tar.gz to write too.
      overwrite: whether to replace what is at the destinations.
      moving_averages: 'auto' or 'never'.
      new_classifier: whether the classifier starts at its initial values.
      measured: what was measured of the weights, for the documentation page.

    Returns:
      What was written, and what there is to say of it.

    Raises:
      errors.InputError: if an input is wrong; nothing is left behind then.
    """
    if new_classifier and config.network.num_classes is None:
        raise errors.InputError(
            "a feature-vector module has no classifier to start anew, found "
            "new_classifier: is a classification module meant?"
        )
    output = os.path.normpath(output)
    destinations = destinations_lib.check(output, archive, overwrite)
    inference, serving = graphs.inference_graphs(config)
    variables = inference.variable_shapes()
    read = loading.load(
        weights, config.network, variables, moving_averages, new_classifier
    )
    read = dataclasses.replace(read, measured=measured)
    config = dataclasses.replace(config, weights=read.origin)
    writer = hub_writer.HubWriter(config, inference, serving)
    with destinations_lib.staging(destinations) as staged:
        writer.write_weights(staged.module, read.values)
        read = read.without_values()
        written = writer.write_graphs(staged.module)
        archive_name = archive and os.path.basename(archive)
        card = model_card.render(config, read, variables, written, archive_name)
        with open(staged.card, "w", encoding="utf-8") as file:
            file.write(card)
        if archive is not None:
            archive_lib.write_archive(staged.module, staged.archive)
        destinations_lib.publish(staged, destinations, overwrite)
    notes = list(read.notes)
    if config.task == module_config.CLASSIFICATION and config.class_names is None:
        notes.append("the module carries no class names: --labels would attach them")
    return ExportedModule(destinations.module, destinations.card, archive, notes)
