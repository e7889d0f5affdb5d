"""Makes the configuration of a module from options and facts, without TensorFlow."""

from __future__ import annotations

import dataclasses
from typing import TypeVar

from .. import errors
from ..builder import module_config, tasks
from ..efficientnet import config as config_lib
from . import options as options_lib
from .weights import network_facts

_T = TypeVar("_T")


def configure(
    options: options_lib.ExportOptions,
    facts: network_facts.NetworkFacts = network_facts.NONE,
) -> module_config.ModuleConfig:
    """Returns the configuration of the module that options describe.

    Args:
      options: the options, which come before the facts.
      facts: what the weights say about their network.

    Raises:
      errors.InputError: if options are out of range or contradict each other.
    """
    if isinstance(options.model, config_lib.NetworkConfig):
        # A program chose them.
        facts = dataclasses.replace(facts, num_classes=None, image_size=None)
    if options.new_classifier or options.task == tasks.FEATURE_VECTOR:
        # What the weights say about their own classifier does not count.
        facts = dataclasses.replace(facts, num_classes=None, class_names=None)
    config = module_config.module_config(
        model=_apply_to_model(facts, options.model),
        task=options.task,
        num_classes=_choose_num_classes(options, facts),
        labels=options.labels,
        image_size=_choose(options.image_size, facts.image_size),
        preprocessing=_choose(options.preprocessing, facts.preprocessing),
        seed=options.seed,
        recompute=options.recompute,
    )
    names = facts.class_names
    if options.labels or names is None or config.network.num_classes != len(names):
        return config
    return dataclasses.replace(config, class_names=list(names))


def _apply_to_model(
    facts: network_facts.NetworkFacts, model: str | config_lib.NetworkConfig
) -> str | config_lib.NetworkConfig:
    """Returns the model, with what only the library of its weights determines."""
    changes = {
        "padding": facts.padding,
        "batch_norm_epsilon": facts.batch_norm_epsilon,
    }
    changes = {name: value for name, value in changes.items() if value is not None}
    return config_lib.get_config(model, **changes) if changes else model


def _choose_num_classes(
    options: options_lib.ExportOptions, facts: network_facts.NetworkFacts
) -> int | None:
    """Returns the number of classes, None for that of the labels or of the model."""
    if options.num_classes is not None or options.labels is not None:
        return options.num_classes
    return facts.num_classes


def _choose(option: _T | None, fact: _T | None) -> _T | None:
    return fact if option is None else option


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
