"""Fine-tunes a module on a folder of photographs, and exports the result."""

from __future__ import annotations

import contextlib
import dataclasses
import os
from typing import Any, Iterator

import tensorflow.compat.v1 as tf

from ... import dependencies, digests, errors, progress_bars, recorded_facts
from ...builder import module_config
from ...finetuning import (
    classifier_training,
    cluster,
    descriptions,
    network_training,
    recorded_photographs,
    resumption,
)
from ...finetuning import options as options_lib
from ...finetuning import plan as plan_lib
from ...finetuning import trained as trained_lib
from ...photographs import decoding, folder_names
from .. import destinations, exporter, module_configuration, repackaging
from .. import options as export_options
from ..saved_model import module_files
from ..storage import archive_reader
from ..weights import module_variables, moving_averages, training_checkpoint
from . import finetuning_inputs, finetuning_photographs, training_folder

_TRAINING_RECORD = "training.json"
_PHOTOGRAPHS_RECORD = "photographs.jsonl"
_DESCENT = "fine-tuned from"


@dataclasses.dataclass(frozen=True)
class _Training:
    """A training and the module that it starts from.

    Attributes:
      plan: the training.
      config: configuration of the new module, except for its weights.
      start: directory of the module to train, which has the classifier to start from.
      keeps_classifier: whether this is that of the module to fine-tune.
      photographs: what it uses.
    """

    plan: plan_lib.Plan
    config: module_config.ModuleConfig
    start: str
    keeps_classifier: bool
    photographs: trained_lib.UsedPhotographs


def finetune_module(
    module: str,
    images: str,
    output: str,
    archive: str | None = None,
    overwrite: bool = False,
    **options: Any,
) -> tuple[exporter.ExportedModule, trained_lib.Trained] | None:
    """Trains a module's network to classify the photographs of a folder.

    If the environment variable TF_CONFIG describes a cluster, this process does its
    task in it. The processes share `images`, `training_dir` and `module`.

    Args:
      module: directory or .tar.gz of a module of this package.
      images: a folder with a folder of photographs for each class.
      output: directory to write the fine-tuned module to.
      archive: path of a .tar.gz of the new module to write too.
      overwrite: whether to replace existing files at the destinations.
      **options: the other fields of `finetuning.options.Options`, such as `epochs`.

    Returns:
      The exported module and the result of the training. None in a process of a
      cluster other than the chief, which exports the module.

    Raises:
      errors.InputError: if an input is wrong. Damaged photographs are found before
        anything is written.
      errors.DependencyError: if TensorFlow has no `tf.estimator`, or tensorflow_hub no
        `hub.Module`.
    """
    output = destinations.normalize(output)
    chosen = options_lib.Options(module, images, **options)
    task = cluster.read_task()
    finetuning_inputs.check_freeze(chosen, task)
    _check_dependencies(chosen)
    inputs = {"module": [module], "photographs": chosen.list_folders()}
    folder = finetuning_inputs.check_paths(
        chosen, task, output, archive, overwrite, inputs
    )
    with contextlib.ExitStack() as stack:
        if task.is_chief:
            stack.enter_context(training_folder.hold(folder))
        training = _prepare(chosen, folder, task)
        progress_bars.print_line(
            descriptions.describe_plan(training.plan, training.keeps_classifier)
        )
        trained = _train(training)
        if trained is None:
            return None
        exported = _export_result(training, trained, output, archive, overwrite)
        return exported, dataclasses.replace(trained, photographs=training.photographs)


def _check_dependencies(options: options_lib.Options) -> None:
    """Checks, before anything is written, that the module can be trained here."""
    if not options.freeze:
        dependencies.estimator()
    dependencies.tensorflow_hub_with_module()


def _prepare(
    options: options_lib.Options, training_dir: str, task: cluster.Task
) -> _Training:
    """Checks the inputs, exports the start and records the training."""
    with archive_reader.unpack(options.module) as directory:
        old_config = module_configuration.read(directory, options.module)
        module_variables.check_in(directory, options.module)
        record = None if options.freeze else _find_record(training_dir)
        found = finetuning_photographs.read(
            options, record, task, progress_bars.start_bar
        )
        config = finetuning_inputs.replace_classes(
            old_config, found.training.class_names, options
        )
        plan = plan_lib.Plan(
            options=options,
            image_size=config.network.image_size,
            training_photographs=found.training,
            evaluation_photographs=found.evaluation,
            training_dir=training_dir,
            first_count=found.first_count,
        )
        keeps_classifier = _list_classes(old_config) == _list_classes(config)
        start = _export_start(
            config, directory, plan.training_dir, task, keeps_classifier
        )
    if not options.freeze:
        _record_training(plan, found, task)
    return _Training(plan, config, start, keeps_classifier, found.used)


def _list_classes(config: module_config.ModuleConfig) -> list[str]:
    return list(map(folder_names.compose_name, config.class_names or ()))


def _export_start(
    config: module_config.ModuleConfig,
    directory: str,
    training_dir: str,
    task: cluster.Task,
    keeps_classifier: bool,
) -> str:
    """Exports the module to train, unless an earlier run did; returns its directory."""
    start = training_folder.start(training_dir)
    record = training_folder.start_record(training_dir)
    facts = {
        "module": digests.of_folder(directory),
        "image_size": config.network.image_size,
        "classes": config.class_names,
        "seed": config.network.seed,
    }
    if not resumption.check_existing(record, facts, wait=not task.is_chief):
        exporter.export_config(
            config,
            exporter.WeightsRequest(
                weights=os.path.join(directory, module_files.VARIABLES_PREFIX),
                moving_averages=moving_averages.NEVER,
                new_classifier=not keeps_classifier,
                descent=repackaging.DESCENT,
            ),
            export_options.OutputOptions(output=start, overwrite=True),
        )
        recorded_facts.write(record, facts)
    module_variables.check_in(start, start)
    return start


def _find_record(training_dir: str) -> str | None:
    """Returns the record of the photographs of a training that continues, or None."""
    path = os.path.join(training_dir, _PHOTOGRAPHS_RECORD)
    is_recorded = resumption.is_recorded(os.path.join(training_dir, _TRAINING_RECORD))
    return path if is_recorded and os.path.exists(path) else None


def _record_training(
    plan: plan_lib.Plan, found: finetuning_photographs.Photographs, task: cluster.Task
) -> None:
    """Checks that the checkpoints of an earlier run, if any, are of this training."""
    record = os.path.join(plan.training_dir, _TRAINING_RECORD)
    facts = dict(
        plan.options.list_compared(),
        image_size=plan.image_size,
        learning_rate=plan.options.peak_learning_rate,
        photographs=found.digest,
    )
    # A training can continue for more epochs.
    compared = {name: facts[name] for name in facts if name != "epochs"}
    waits = not task.is_chief
    is_resumed = resumption.check_existing(record, compared, waits)
    if task.is_chief:
        training_checkpoint.check(plan.training_dir)  # Others delete old checkpoints.
        _check_epochs(plan)
        if not is_resumed:
            path = os.path.join(plan.training_dir, _PHOTOGRAPHS_RECORD)
            recorded_photographs.write(path, found.record)
        recorded_facts.write(record, facts)


def _check_epochs(plan: plan_lib.Plan) -> None:
    """Checks that an earlier run has not done more epochs than the training has."""
    done = network_training.count_steps(plan.training_dir)
    # In a cluster, workers take some steps after the last one.
    if done // plan.steps_per_epoch > plan.options.epochs:
        raise errors.InputError(
            f"epochs must be at least {done // plan.steps_per_epoch}, which the "
            f"training in '{plan.training_dir}' has done, found {plan.options.epochs}: "
            "name another folder with --training_dir, or delete this folder"
        )


def _train(training: _Training) -> trained_lib.Trained | None:
    plan = training.plan
    with _name_full_disk(plan), _name_damaged_photograph(plan):
        if plan.options.freeze:
            return classifier_training.train_classifier(
                training.start, plan, training.keeps_classifier
            )
        return network_training.train_network(training.start, plan)


@contextlib.contextmanager
def _name_full_disk(plan: plan_lib.Plan) -> Iterator[None]:
    """Turns TensorFlow's error of a full disk into the system's, with its path."""
    try:
        yield
    except tf.errors.OpError as error:
        cause = errors.find_cause(error, plan.training_dir)
        if cause is None:
            raise
        raise cause from error


@contextlib.contextmanager
def _name_damaged_photograph(plan: plan_lib.Plan) -> Iterator[None]:
    """Turns the error of an image that cannot be decoded into one with its path."""
    try:
        yield
    except tf.errors.OpError as error:
        damage = decoding.find_unreadable(
            [*plan.training_photographs.paths, *plan.evaluation_photographs.paths]
        )
        if damage is None:
            raise
        raise damage from error


def _export_result(
    training: _Training,
    trained: trained_lib.Trained,
    output: str,
    archive: str | None,
    overwrite: bool,
) -> exporter.ExportedModule:
    return exporter.export_config(
        training.config,
        exporter.WeightsRequest(
            weights=trained.checkpoint,
            measurement=descriptions.measure(training.plan, trained),
            descent=_DESCENT,
        ),
        export_options.OutputOptions(
            output=output, archive=archive, overwrite=overwrite
        ),
    )
