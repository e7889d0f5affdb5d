"""Exports a module: configuration and weights in, a directory out."""

from __future__ import annotations

import contextlib
import dataclasses
import os
from typing import Iterator, Sequence

from efficientnet_hub import errors
from efficientnet_hub.builder import graphs, module_config
from efficientnet_hub.export import archive as archive_lib
from efficientnet_hub.export import hub_format, model_card, module_files, publication
from efficientnet_hub.export.weights import checkpoint, loading, source


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
    descent: str | None = None,
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
    destinations = check_destinations(output, archive, overwrite)
    inference, serving = graphs.inference_graphs(config)
    variables = inference.variable_shapes()
    read = loading.load(
        weights, config.network, variables, moving_averages, new_classifier
    )
    if descent is not None:
        read = read.descended_from(config.weights, config.license, descent)
    read = dataclasses.replace(read, measured=measured)
    config = dataclasses.replace(
        config, weights=read.origin, license=read.license, descended=read.descended
    )
    with _staging(destinations) as staged:
        hub_format.write_variables(staged.module, read.values)
        # The largest graph is built in the memory that the values leave.
        read = read.without_values()
        module_graphs = [inference, graphs.training_graph(config), serving]
        _write_graphs(config, read, module_graphs, staged, archive)
        if archive is not None:
            archive_lib.write_archive(staged.module, staged.archive)
        _publish(staged, destinations, overwrite)
    notes = list(read.notes)
    if config.task == module_config.CLASSIFICATION and config.class_names is None:
        notes.append("the module carries no class names: --labels would attach them")
    return ExportedModule(destinations.module, destinations.card, archive, notes)


@dataclasses.dataclass(frozen=True)
class _Paths:
    """Where the module, its page and its archive are."""

    module: str
    card: str
    archive: str | None


def check_destinations(
    output: str, archive: str | None, overwrite: bool, source: str | None = None
) -> _Paths:
    """Checks that a module and its archive may be written.

    Args:
      output: as of `export_module`, and so are the others.
      archive: path of a .tar.gz to write too.
      overwrite: whether to replace what is at the destinations.
      source: a module that is read, of which nothing may be replaced.

    Returns:
      Where each goes.

    Raises:
      errors.InputError: if something is there that must not be replaced.
    """
    destinations = _Paths(output, output + ".md", archive)
    for path in (output, destinations.card, archive):
        if None not in (path, source) and not publication.lie_apart(path, source):
            raise errors.InputError(
                "'%s' must lie apart from the module '%s', which is read and would be "
                "lost or changed: give another path" % (path, source)
            )
    for path in (output, destinations.card, archive):
        if path is not None:
            publication.check_destination(path, overwrite)
    if archive is not None:
        _check_apart(archive, destinations)
    # --overwrite is for modules, not for whatever a typing error names.
    if os.path.lexists(output) and not _is_empty_folder(output):
        module_files.read_saved_model(output)
    for path in (destinations.card, archive):
        if path is not None and os.path.isdir(path):
            raise errors.InputError(
                "'%s' must be a file to be overwritten, found a folder" % path
            )
    return destinations


def _is_empty_folder(path: str) -> bool:
    return os.path.isdir(path) and not os.listdir(path)


def _check_apart(archive: str, destinations: _Paths) -> None:
    """Checks that the archive is no other destination, nor within or above one."""
    others = (destinations.module, destinations.card)
    if not all(publication.lie_apart(archive, other) for other in others):
        raise errors.InputError(
            "archive '%s' must lie outside the module '%s' and its page"
            % (archive, destinations.module)
        )


@contextlib.contextmanager
def _staging(destinations: _Paths) -> Iterator[_Paths]:
    """Gives where to build each, beside its destination; gone in the end."""
    with contextlib.ExitStack() as stack:
        folder = stack.enter_context(publication.staging(destinations.module))
        module, archive = os.path.join(folder, "module"), None
        os.mkdir(module)
        if destinations.archive is not None:
            beside = stack.enter_context(publication.staging(destinations.archive))
            archive = os.path.join(beside, "archive")
        yield _Paths(module, os.path.join(folder, "card"), archive)


def _write_graphs(
    config: module_config.ModuleConfig,
    weights: source.Weights,
    module_graphs: Sequence[graphs.ModuleGraph],
    staged: _Paths,
    archive: str | None,
) -> None:
    """Writes a module's graphs, and its page, which tells of them."""
    attachments = graphs.attachments(config)
    meta_graphs = [hub_format.meta_graph(graph, attachments) for graph in module_graphs]
    hub_format.write_graphs(staged.module, meta_graphs)
    archive_name = archive and os.path.basename(archive)
    card = model_card.render(config, weights, module_graphs, archive_name)
    with open(staged.card, "w", encoding="utf-8") as file:
        file.write(card)


def _publish(staged: _Paths, destinations: _Paths, overwrite: bool) -> None:
    """Brings what was built into view."""
    publication.publish(staged.module, destinations.module, overwrite)
    publication.publish(staged.card, destinations.card, overwrite)
    if destinations.archive is not None:
        publication.publish(staged.archive, destinations.archive, overwrite)
