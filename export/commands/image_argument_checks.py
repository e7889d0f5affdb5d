"""Checks the arguments of the commands that run modules on a user's images.

See `argument_checks`.
"""

from __future__ import annotations

from typing import Any, Mapping, Sequence

from ... import errors
from ...embedding import options as embedding_options
from ...evaluation import label_files
from ...evaluation import options as evaluation_options
from ...photographs import folders
from ...spark import job
from ..classification import classification_inputs
from ..comparison import image_sizes, opened_module, photograph_files
from ..comparison import options as comparison_options
from ..embedding import embedding_output, output_choice
from ..evaluation import evaluation_folder
from ..execution import image_graphs
from . import early_checks
from .unknown_values import UNKNOWN, are_known, fill


@early_checks.before_tensorflow
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
        with mistakes.collect(), early_checks.open_graphs(module) as directory:
            classification_inputs.read_graph(directory, module)
    if are_known(images):
        with mistakes.collect():
            classification_inputs.check_one_is_readable(
                classification_inputs.expand(images)
            )
    mistakes.raise_any()


@early_checks.before_tensorflow
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
        with mistakes.collect(), early_checks.open_graphs(module) as directory:
            classification_inputs.read_graph(directory, module, values["image_size"])
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


@early_checks.before_tensorflow
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
        with mistakes.collect(), early_checks.open_graphs(module) as directory:
            meta_graph = image_graphs.read(directory, module)
            if chosen is not None:
                output_choice.choose(meta_graph, chosen, module)
                image_graphs.choose_size(meta_graph, module, chosen.image_size)
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


@early_checks.before_tensorflow
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
    opened = []
    for module in (a, b):
        if are_known(module):
            with mistakes.collect():
                opened.append(opened_module.check(module))
    if len(opened) == 2 and are_known(values["image_size"]):
        with mistakes.collect():
            image_sizes.find_own(opened[0], opened[1], values["image_size"])
    if are_known(values["images"]):
        with mistakes.collect():
            photograph_files.check(values["images"])
    mistakes.raise_any()
