"""Exports a module: configuration and weights in, a directory out."""

from __future__ import annotations

import contextlib
import dataclasses
import os
from typing import Iterator, Mapping, Sequence

from .. import errors
from ..builder import graphs, module_config, recomputations, tasks
from ..efficientnet import config as config_lib
from ..signatures import measurements
from . import configuration, weights_opening
from . import destinations as destinations_lib
from . import options as options_lib
from .model_card import card as card_lib
from .model_card import measured_accuracy, template
from .storage import archive_writer
from .weights import loading, locations, source
from .weights import mapping as mapping_lib
from .weights import moving_averages as moving_averages_lib
from .writers import formats, hub_writer, saved_model_writer, writer

_WRITERS: dict[str, writer.MakeWriter] = {
    formats.HUB: hub_writer.HubWriter,
    formats.SAVED_MODEL: saved_model_writer.SavedModelWriter,
}


@dataclasses.dataclass(frozen=True)
class WeightsRequest:
    """Which weights to export, and what to record about them.

    Attributes:
      weights: a value of `--weights`, see `export_module`.
      moving_averages: 'auto' or 'never', see `export_module`.
      new_classifier: whether the classifier gets new initial values.
      measurement: what was measured with the weights, which the module records.
      descent: how the weights descend from those that the module's configuration
        names, e.g. 'fine-tuned from', or None if they do not.
      source_model: the library and the model of a file that does not say them.
    """

    weights: str
    moving_averages: str = moving_averages_lib.AUTO
    new_classifier: bool = False
    measurement: measurements.Measurement | None = None
    descent: str | None = None
    source_model: str | None = None


@dataclasses.dataclass(frozen=True)
class ExportedModule:
    """What an export wrote.

    Attributes:
      directory: path of the module.
      card: path of its documentation page.
      archive: path of its archive, or None if there is none.
      notes: what the user should know, one sentence each.
      documentation: the content of the documentation page.
      saved_model: the module as a SavedModel, if both formats were written; the other
        attributes then describe the module in the TF1 Hub format.
      mapping: what became of each array of the source of the weights.
    """

    directory: str
    card: str
    archive: str | None
    notes: Sequence[str]
    documentation: card_lib.Card
    saved_model: ExportedModule | None = None
    mapping: mapping_lib.WeightsMapping = mapping_lib.WeightsMapping()


def export_module(
    model: str | config_lib.NetworkConfig,
    weights: str,
    output: str,
    task: str = tasks.CLASSIFICATION,
    num_classes: int | None = None,
    labels: str | None = None,
    image_size: int | None = None,
    preprocessing: str | None = None,
    archive: str | None = None,
    seed: int | None = None,
    overwrite: bool = False,
    moving_averages: str = moving_averages_lib.AUTO,
    new_classifier: bool = False,
    format: str = formats.HUB,
    recompute: str = recomputations.SWISH,
    source_model: str | None = None,
) -> ExportedModule:
    """Writes an EfficientNet as a module.

    All inputs are checked before anything is written, and nothing is visible at the
    destination before it is complete. The same inputs give the same bytes with the
    same versions of TensorFlow and protobuf; those of the archive also depend on zlib.

    Args:
      model: a variant's name, e.g. 'efficientnet-b2', or a NetworkConfig.
      weights: a name, such as 'random', 'imagenet' or 'noisy-student'; the path of a
        file of PyTorch or Keras, or of a folder of timm; the path of a TensorFlow
        checkpoint, of a module or of a SavedModel of this package: its directory, or a
        .tar.gz of it, or the prefix of the checkpoint; or the https:// or gs:// address
        of such a file. See docs/weights.md.
      output: directory to write the module to. Its documentation page is written
        beside it, to `<output>.md`.
      task: 'classification' or 'feature-vector'.
      num_classes: outputs of the classifier; by default the number of labels, or that
        of the weights, or the model's, which is 1,000 for a variant.
      labels: path of a file of class names, one per line; by default those that the
        weights say, ImageNet's names for 1,000 classes, or none.
      image_size: expected height and width in pixels; by default that of the weights,
        or the model's.
      preprocessing: how the weights expect images to be normalized: 'imagenet',
        'advprop', 'lite', or numbers 'R,G,B/R,G,B', see `preprocessings.parse`; by
        default what the weights say, or the model's.
      archive: path of a .tar.gz to write too.
      seed: seeds random weights, a new classifier, and the masks of dropout and
        stochastic depth, in [0, 2**32); by default the model's, which is 0 for a
        variant.
      overwrite: whether to replace what exists at the destinations.
      moving_averages: 'auto' takes a variable's moving average where a checkpoint
        has one, 'never' takes its raw value.
      new_classifier: whether the classifier gets new initial values.
      format: 'hub' for the TF1 Hub format, 'savedmodel' for a SavedModel that
        `hub.KerasLayer` trains in TensorFlow 2, 'both' for both in `<output>/hub`
        and `<output>/savedmodel`.
      recompute: what the gradients of the graph for {"train"}, in the TF1 Hub format,
        compute again. 'swish' needs less memory; 'none' has second derivatives.
      source_model: the library and the model that a file of weights is of, such as
        'timm/efficientnet_b2', where the file does not say it.

    Returns:
      The paths of what was written, and notes on it.

    Raises:
      errors.InputError: if an input is wrong; nothing is left behind then.
      errors.DependencyError: if this TensorFlow cannot write the format.
    """
    return export(
        options_lib.ExportOptions(
            model=model,
            weights=weights,
            task=task,
            num_classes=num_classes,
            labels=labels,
            image_size=image_size,
            preprocessing=preprocessing,
            seed=seed,
            moving_averages=moving_averages,
            new_classifier=new_classifier,
            recompute=recompute,
            source_model=source_model,
        ),
        options_lib.OutputOptions(
            output=output, format=format, archive=archive, overwrite=overwrite
        ),
    )


def export(
    options: options_lib.ExportOptions,
    output: options_lib.OutputOptions,
    handle: str | None = None,
) -> ExportedModule:
    """Writes a module, see `export_module`.

    Args:
      options: what determines the module.
      output: where and in which format to write it.
      handle: what it is published as, with its version, or None.
    """
    inputs = {"weights": locations.files_of(options.weights)}
    if options.labels is not None:
        inputs["labels"] = [options.labels]
    # What the options contradict is found before the weights are opened.
    config = configuration.configure(options)
    request = WeightsRequest(
        weights=options.weights,
        moving_averages=options.moving_averages,
        new_classifier=options.new_classifier,
        source_model=options.source_model,
    )
    with _open_weights(request, config.network) as opened:
        config = configuration.configure(options, opened.facts)
        config = dataclasses.replace(config, handle=handle)
        return _export(config, request, opened, output, inputs)


def export_config(
    config: module_config.ModuleConfig,
    request: WeightsRequest,
    output: options_lib.OutputOptions,
) -> ExportedModule:
    """Writes the module of a configuration, see `export_module`.

    Args:
      config: the module's configuration. Its provenance is used only if the request
        has a `descent`. It then names the weights that the module's weights started
        from.
      request: which weights to export.
      output: where and in which format to write the module.

    Returns:
      The paths of what was written, and notes on it.

    Raises:
      errors.InputError: if an input is wrong; nothing is left behind then.
      errors.DependencyError: if this TensorFlow cannot write the format.
    """
    with _open_weights(request, config.network) as opened:
        return _export(config, request, opened, output, inputs={})


def _open_weights(
    request: WeightsRequest, network: config_lib.NetworkConfig
) -> contextlib.AbstractContextManager[source.Source]:
    return weights_opening.open_weights(
        request.weights, network, request.moving_averages, request.source_model
    )


def _export(
    config: module_config.ModuleConfig,
    request: WeightsRequest,
    opened: source.Source,
    output: options_lib.OutputOptions,
    inputs: Mapping[str, Sequence[str]],
) -> ExportedModule:
    """Writes the module of a configuration, with weights that are open."""
    configuration.check_classifier(config, request.new_classifier)
    destinations = _plan_destinations(output, inputs)
    module_graphs = graphs.inference_graphs(config)
    variables = module_graphs[0].variable_shapes()
    read = _read_weights(config, request, opened, variables)
    config = dataclasses.replace(
        config, provenance=read.provenance, measurement=read.measurement
    )
    writers = {
        format: _WRITERS[format](config, *module_graphs) for format in destinations
    }
    with _stage(destinations) as staged:
        for format, each in writers.items():
            each.write_weights(staged[format].module, read.values)
        # The values are most of the process's memory, and the graphs need some too.
        read = read.without_values()
        cards = {}
        for format, each in writers.items():
            written = each.write_graphs(staged[format].module)
            cards[format] = _write_page(
                staged[format], config, read, variables, written, output.archive
            )
            _write_archive(staged[format])
        destinations_lib.publish_all(
            [(staged[format], destinations[format]) for format in destinations],
            output.overwrite,
        )
    notes = _collect_notes(config, read)
    return _describe(destinations, cards, notes, read.mapping)


def _plan_destinations(
    output: options_lib.OutputOptions, inputs: Mapping[str, Sequence[str]]
) -> dict[str, destinations_lib.Paths]:
    """Checks and returns where to write the module in each format."""
    directories = formats.choose_directories(
        output.format, destinations_lib.normalize(output.output), output.archive
    )
    return {
        format: destinations_lib.plan(path, output.archive, output.overwrite, inputs)
        for format, path in directories.items()
    }


def _read_weights(
    config: module_config.ModuleConfig,
    request: WeightsRequest,
    opened: source.Source,
    variables: Mapping[str, Sequence[int]],
) -> source.Weights:
    read = loading.read(
        opened,
        config.network,
        variables,
        request.new_classifier,
    )
    if request.descent is not None:
        read = read.descend_from(config.provenance, request.descent)
    measurement = read.measurement
    if request.measurement is not None:
        measurement = dataclasses.replace(
            request.measurement, weights=source.hash_values(read.values)
        )
    if measurement is None:
        return read
    return dataclasses.replace(
        read,
        measurement=measurement,
        measured=measured_accuracy.describe(measurement, config.class_names),
    )


@contextlib.contextmanager
def _stage(
    destinations: Mapping[str, destinations_lib.Paths],
) -> Iterator[dict[str, destinations_lib.Paths]]:
    """Yields where to build the module in each format."""
    with contextlib.ExitStack() as stack:
        yield {
            format: stack.enter_context(destinations_lib.staging(destination))
            for format, destination in destinations.items()
        }


def _write_page(
    staged: destinations_lib.Paths,
    config: module_config.ModuleConfig,
    weights: source.Weights,
    variables: Mapping[str, Sequence[int]],
    written: template.Format,
    archive: str | None,
) -> card_lib.Card:
    """Writes the documentation page, and returns its content."""
    archive_name = archive and os.path.basename(archive)
    card = template.build_card(config, weights, variables, written, archive_name)
    with errors.naming(staged.card), open(staged.card, "w", encoding="utf-8") as file:
        file.write(card.to_markdown())
    return card


def _write_archive(staged: destinations_lib.Paths) -> None:
    if staged.archive is not None:
        archive_writer.write_archive(staged.module, staged.archive)


def _collect_notes(
    config: module_config.ModuleConfig, weights: source.Weights
) -> list[str]:
    notes = list(weights.notes)
    if config.task == tasks.CLASSIFICATION and config.class_names is None:
        notes.append("the module has no class names: --labels attaches them")
    return notes


def _describe(
    destinations: Mapping[str, destinations_lib.Paths],
    cards: Mapping[str, card_lib.Card],
    notes: Sequence[str],
    mapping: mapping_lib.WeightsMapping,
) -> ExportedModule:
    exported = {
        format: ExportedModule(
            paths.module,
            paths.card,
            paths.archive,
            notes,
            cards[format],
            mapping=mapping,
        )
        for format, paths in destinations.items()
    }
    if formats.HUB not in exported:
        return exported[formats.SAVED_MODEL]
    return dataclasses.replace(
        exported[formats.HUB], saved_model=exported.get(formats.SAVED_MODEL)
    )
