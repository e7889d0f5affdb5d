"""Exports a module: configuration and weights in, a directory out."""

from __future__ import annotations

import contextlib
import dataclasses
import os
from typing import Mapping, Sequence

from .. import errors
from ..builder import graphs, module_config
from . import destinations as destinations_lib
from .model_card import card as card_lib
from .model_card import template
from .storage import archive_writer
from .weights import checkpoint, loading, source
from .writers import formats, hub_writer, saved_model_writer, writer

_WRITERS: dict[str, writer.MakeWriter] = {
    formats.HUB: hub_writer.HubWriter,
    formats.SAVED_MODEL: saved_model_writer.SavedModelWriter,
}


@dataclasses.dataclass(frozen=True)
class ExportedModule:
    """What an export wrote.

    Attributes:
      directory: the module.
      card: its documentation page, a Markdown file.
      archive: its archive, or None if none was asked for.
      notes: what the user should be told, a sentence each.
      documentation: the content of the documentation page.
      saved_model: the module as a SavedModel, if it is one of both formats; all else
        is then of the one in the TF1 Hub format.
    """

    directory: str
    card: str
    archive: str | None
    notes: Sequence[str]
    documentation: card_lib.Card
    saved_model: ExportedModule | None = None


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
    format: str = formats.HUB,
) -> ExportedModule:
    """Writes an EfficientNet as a module.

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
      format: 'hub' for the TF1 Hub format, 'savedmodel' for a SavedModel that
        `hub.KerasLayer` trains in TensorFlow 2, 'both' for the two in `<output>/hub`
        and `<output>/savedmodel`.

    Returns:
      What was written, and what there is to say of it.

    Raises:
      errors.InputError: if an input is wrong; nothing is left behind then.
      errors.DependencyError: if the TensorFlow here does not write the format.
    """
    config = module_config.module_config(
        model, task, num_classes, labels, image_size, preprocessing, seed
    )
    return export_config(
        config,
        weights,
        output,
        archive,
        overwrite,
        moving_averages,
        new_classifier,
        format=format,
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
    descent: str | None = None,
    format: str = formats.HUB,
) -> ExportedModule:
    """Writes the module of a configuration, as `export_module` does.

    Args:
      config: the module's configuration, but for where its weights came from; with a
        `descent`, where those came from that they started from, and their license.
      weights: what they are called, as of `export_module`.
      output: directory to write the module to.
      archive: path of a .tar.gz to write too.
      overwrite: whether to replace what is at the destinations.
      moving_averages: 'auto' or 'never'.
      new_classifier: whether the classifier starts at its initial values.
      measured: what was measured of the weights, for the documentation page.
      descent: what lies between the weights and those of `config`, e.g. 'fine-tuned
        from', or None if they have nothing to do with each other.
      format: 'hub', 'savedmodel' or 'both'.

    Returns:
      What was written, and what there is to say of it.

    Raises:
      errors.InputError: if an input is wrong; nothing is left behind then.
      errors.DependencyError: if the TensorFlow here does not write the format.
    """
    if new_classifier and config.network.num_classes is None:
        raise errors.InputError(
            "a feature-vector module has no classifier to start anew, found "
            "new_classifier: is a classification module meant?"
        )
    outputs = formats.outputs(format, os.path.normpath(output), archive)
    destinations = [
        destinations_lib.check(each, archive, overwrite) for each in outputs.values()
    ]
    module_graphs = graphs.inference_graphs(config)
    variables = module_graphs[0].variable_shapes()
    read = loading.load(
        weights, config.network, variables, moving_averages, new_classifier
    )
    if descent is not None:
        read = read.descend_from(config.provenance, descent)
    read = dataclasses.replace(read, measured=measured)
    config = dataclasses.replace(config, provenance=read.provenance)
    writers = [_WRITERS[each](config, *module_graphs) for each in outputs]
    with contextlib.ExitStack() as stack:
        staged = [
            stack.enter_context(destinations_lib.staging(each)) for each in destinations
        ]
        for each, paths in zip(writers, staged):
            each.write_weights(paths.module, read.values)
        read = read.without_values()
        cards = []
        for each, paths in zip(writers, staged):
            written = each.write_graphs(paths.module)
            cards.append(_write_page(config, read, variables, written, archive, paths))
            if archive is not None:
                archive_writer.write_archive(paths.module, paths.archive)
        for built, destination in zip(staged, destinations):
            destinations_lib.publish(built, destination, overwrite)
    notes = list(read.notes)
    if config.task == module_config.CLASSIFICATION and config.class_names is None:
        notes.append("the module carries no class names: --labels would attach them")
    exported = [
        ExportedModule(d.module, d.card, d.archive, notes, card)
        for d, card in zip(destinations, cards)
    ]
    return dataclasses.replace(exported[0], saved_model=(exported[1:] or [None])[0])


def _write_page(
    config: module_config.ModuleConfig,
    weights: source.Weights,
    variables: Mapping[str, Sequence[int]],
    written: template.Format,
    archive: str | None,
    staged: destinations_lib.Paths,
) -> card_lib.Card:
    archive_name = archive and os.path.basename(archive)
    card = template.build_card(config, weights, variables, written, archive_name)
    with open(staged.card, "w", encoding="utf-8") as file:
        file.write(card.to_markdown())
    return card
