"""Makes the configuration of a module from options, without TensorFlow."""

from __future__ import annotations

from .. import errors
from ..builder import module_config, tasks
from . import options as options_lib


def configure(options: options_lib.ExportOptions) -> module_config.ModuleConfig:
    """Returns the configuration of the module that options describe.

    Raises:
      errors.InputError: if options are out of range or contradict each other.
    """
    return module_config.module_config(
        model=options.model,
        task=options.task,
        num_classes=options.num_classes,
        labels=options.labels,
        image_size=options.image_size,
        preprocessing=options.preprocessing,
        seed=options.seed,
        recompute=options.recompute,
    )


def check_classifier(config: module_config.ModuleConfig, new_classifier: bool) -> None:
    """Checks that a module that gets a new classifier has a classifier.

    Raises:
      errors.InputError: if it has none.
    """
    if new_classifier and config.task == tasks.FEATURE_VECTOR:
        raise errors.InputError(
            "new_classifier must be for a module with a classifier, found a "
            "feature-vector module: is a classification module meant?"
        )
