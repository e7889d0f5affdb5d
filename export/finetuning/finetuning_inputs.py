"""Checks what a fine-tuning reads and writes, before it starts."""

from __future__ import annotations

import dataclasses
from typing import Mapping, Sequence

from ... import errors
from ...builder import module_config
from ...efficientnet import config as config_lib
from ...finetuning import cluster
from ...finetuning import options as options_lib
from .. import destinations
from . import training_folder


def check_freeze(options: options_lib.Options, task: cluster.Task) -> None:
    """Checks that a process which trains the classifier alone is in no cluster.

    Raises:
      errors.InputError: if it is in one.
    """
    if options.freeze and not task.trains_alone:
        raise errors.InputError(
            "the classifier alone must be trained in one process, found the "
            f"{task} of TF_CONFIG: is the whole network to be trained?"
        )


def check_paths(
    options: options_lib.Options,
    task: cluster.Task,
    output: str,
    archive: str | None,
    overwrite: bool,
    inputs: Mapping[str, Sequence[str]],
) -> str:
    """Checks the paths that a fine-tuning writes to.

    Args:
      options: the options of the fine-tuning.
      task: the part of this process.
      output: see `destinations.normalize`, which returned it.
      archive: path of a .tar.gz to write too, or None.
      overwrite: whether to replace what exists at the destinations.
      inputs: what is read, see `destinations.plan`.

    Returns:
      The folder of the training.

    Raises:
      errors.InputError: if one cannot be written, or a file would be lost.
    """
    folder = options.training_dir or f"{output}.training"
    planned = destinations.plan(output, archive, overwrite, inputs)
    if task.is_chief:
        training_folder.check(folder, planned, inputs)
    return folder


def replace_classes(
    config: module_config.ModuleConfig,
    class_names: Sequence[str],
    options: options_lib.Options,
) -> module_config.ModuleConfig:
    """Returns the configuration of the new module, from that of the old one.

    Args:
      config: the configuration of the module to fine-tune.
      class_names: the name of each new class.
      options: the options of the fine-tuning.

    Raises:
      errors.InputError: if the image size, the seed or the number of classes is out of
        range.
    """
    image_size = options.image_size
    if image_size is None:
        image_size = config.network.image_size
    network = config_lib.get_config(
        config.network,
        num_classes=len(class_names),
        image_size=image_size,
        seed=options.seed,
    )
    return dataclasses.replace(config, network=network, class_names=list(class_names))
