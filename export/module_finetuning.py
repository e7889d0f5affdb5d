"""Fine-tunes a module on a folder of photographs, and exports what came of it."""

from __future__ import annotations

import dataclasses
import os
import textwrap

import tensorflow.compat.v1 as tf

from .. import digests, errors
from ..builder import module_config
from ..efficientnet import config as config_lib
from ..finetuning import (
    batches,
    cluster,
    confusions,
    head,
    photographs,
    resumption,
    training,
)
from . import destinations, exporter, repackaging
from .saved_model import module_files
from .storage import archive_reader, publication
from .weights import checkpoint

_START = "start"
_DESCENT = "fine-tuned from"


def finetune_module(
    module: str,
    images: str,
    output: str,
    training_dir: str | None = None,
    epochs: int = 10,
    batch: int = 32,
    image_size: int | None = None,
    learning_rate: float | None = None,
    warm_up_epochs: float = 0.5,
    patience: int | None = None,
    augmentation: str = batches.CROP_AND_FLIP,
    held_out: float = 0.2,
    seed: int = 0,
    freeze: bool = False,
    archive: str | None = None,
    overwrite: bool = False,
) -> tuple[exporter.ExportedModule, training.Trained] | None:
    """Trains a module's network to tell the classes of a folder of photographs.

    Where the environment variable TF_CONFIG tells of a cluster, this process does its
    task in it. The processes share `images`, `training_dir` and `module`.

    Args:
      module: directory or .tar.gz of a module of this package.
      images: a folder with a folder of JPEG and PNG files for each class.
      output: directory to write the fine-tuned module to.
      training_dir: where checkpoints and TensorBoard's summaries go,
        `<output>.training` by default. A training of which it holds checkpoints goes
        on from the last.
      epochs: how often each photograph is seen.
      batch: number of images in a batch.
      image_size: height and width in pixels, of which the new module expects its
        images; by default the module's.
      learning_rate: at its peak; by default 0.02, of momentum 0.9, or with `freeze`
        0.01, of Adam.
      warm_up_epochs: in which the learning rate rises.
      patience: number of epochs without a better accuracy that end the training.
      augmentation: 'none', 'crop' or 'crop-and-flip'.
      held_out: part of the photographs that is kept to evaluate with.
      seed: seeds the classifier, the order of photographs, and all that is random.
      freeze: whether to train the classifier alone, on features that are computed once
        and kept in `training_dir`: without augmentation, and without patience.
      archive: path of a .tar.gz to write too.
      overwrite: whether to replace what is at the destinations.

    Returns:
      What was written, and what came of the training; None in a process of a cluster
      other than the chief, which writes it.

    Raises:
      errors.InputError: if an input is wrong. A damaged photograph is found when it is
        read; the training goes on from the last epoch when it is gone.
      errors.DependencyError: if TensorFlow has no `tf.estimator`, or tensorflow_hub no
        `hub.Module`.
    """
    task = cluster.task_of_this_process()
    if freeze and not task.trains_alone:
        raise errors.InputError(
            f"the classifier alone must be trained in one process, found the {task} of "
            "TF_CONFIG: is all of the network to be trained?"
        )
    output = os.path.normpath(output)
    destinations.check(output, archive, overwrite, source=module)
    training_dir = training_dir or output + ".training"
    _check_apart(training_dir, module, output)
    with archive_reader.unpack(module) as directory:
        found = photographs.read_folder(images)
        to_train_with, to_evaluate_with = photographs.split(found, held_out)
        config = _with_classes(
            repackaging.read_config(directory, module),
            found.class_names,
            image_size,
            seed,
        )
        plan = training.Plan(
            epochs=epochs,
            batch=batch,
            image_size=config.network.image_size,
            learning_rate=_learning_rate(learning_rate, freeze),
            warm_up_epochs=warm_up_epochs,
            patience=patience,
            augmentation=augmentation,
            seed=seed,
        )
        plan.steps_per_epoch(len(to_train_with.paths))  # Refuses too few.
        start = _begun(config, directory, training_dir, task)
    if not freeze:
        _go_on_with(training_dir, plan, found, held_out, task)
    print(_told(to_train_with, to_evaluate_with, plan, freeze), flush=True)
    train = head.train if freeze else training.train
    try:
        trained = train(start, to_train_with, to_evaluate_with, training_dir, plan)
    except tf.errors.InvalidArgumentError as error:
        damaged = batches.find_damaged(found)
        if damaged is None:
            raise
        raise errors.InputError(
            f"'{damaged}' must be an image, but cannot be decoded: is the file damaged?"
        ) from error
    if trained is None:
        return None
    exported = exporter.export_config(
        config,
        trained.checkpoint,
        output,
        archive,
        overwrite,
        measured=_measured(trained, to_train_with, to_evaluate_with, plan, freeze),
        descent=_DESCENT,
    )
    return exported, trained


def _check_apart(training_dir: str, *modules: str) -> None:
    """Checks that a training leaves nothing in a module that is read or written."""
    for module in modules:
        if publication.is_within(training_dir, module):
            raise errors.InputError(
                f"the training's folder '{training_dir}' must lie outside the "
                f"module '{module}': name another by --training_dir"
            )


def _learning_rate(learning_rate: float | None, freeze: bool) -> float:
    if learning_rate is not None:
        return learning_rate
    return 0.01 if freeze else 0.02


def _with_classes(
    config: module_config.ModuleConfig,
    class_names,
    image_size: int | None,
    seed: int,
) -> module_config.ModuleConfig:
    network = config_lib.get_config(
        config.network,
        num_classes=len(class_names),
        image_size=image_size or config.network.image_size,
        seed=seed,
    )
    return dataclasses.replace(config, network=network, class_names=list(class_names))


def _begun(
    config: module_config.ModuleConfig,
    directory: str,
    training_dir: str,
    task: cluster.Task,
) -> str:
    """Returns the module to train, made of another where it is not there yet."""
    start = os.path.join(training_dir, _START)
    record = start + ".json"
    facts = {
        "module": digests.of_folder(directory),
        "image_size": config.network.image_size,
        "classes": config.class_names,
        "seed": config.network.seed,
    }
    if not task.is_chief:
        resumption.wait_for_record(record)
    if resumption.is_recorded(record):
        resumption.check(record, facts)
        return start
    exporter.export_config(
        config,
        os.path.join(directory, module_files.VARIABLES_PREFIX),
        start,
        overwrite=True,
        moving_averages=checkpoint.NEVER,
        new_classifier=True,
        descent=repackaging.DESCENT,
    )
    resumption.record(record, facts)
    return start


def _go_on_with(
    training_dir: str,
    plan: training.Plan,
    found: photographs.Photographs,
    held_out: float,
    task: cluster.Task,
) -> None:
    """Checks that the checkpoints in a folder, if any, are of this training."""
    record = os.path.join(training_dir, "training.json")
    facts = dict(
        dataclasses.asdict(plan),
        held_out=held_out,
        photographs=found.digest(),
    )
    if not task.is_chief:
        resumption.wait_for_record(record)
    if resumption.is_recorded(record):
        resumption.check(record, facts)
    else:
        resumption.record(record, facts)


def _told(to_train_with, to_evaluate_with, plan: training.Plan, freeze: bool) -> str:
    count = len(to_train_with.paths)
    return (
        "trains %s on %d photographs of %d classes, and holds out %d: %d steps of %d "
        "images, %d an epoch"
        % (
            "the classifier alone" if freeze else "all of the network",
            count,
            len(to_train_with.class_names),
            len(to_evaluate_with.paths),
            plan.steps(count),
            plan.batch,
            plan.steps_per_epoch(count),
        )
    )


def _measured(trained, to_train_with, to_evaluate_with, plan, freeze: bool) -> str:
    what = "the classifier alone"
    if not freeze:
        what = f"all of the network, augmentation {plan.augmentation}"
    told = textwrap.fill(
        "Fine-tuned on %d photographs in %d steps of %d images (%s). Accuracy on "
        "the %d photographs that were held out, each resized as a whole to %d x %d "
        "pixels: %.2f %%."
        % (
            len(to_train_with.paths),
            trained.steps,
            plan.batch,
            what,
            len(to_evaluate_with.paths),
            plan.image_size,
            plan.image_size,
            100 * trained.accuracy,
        ),
        width=88,
    )
    table = confusions.as_markdown(trained.confusion_matrix, trained.class_names)
    return f"{told}\n\n{table}"
