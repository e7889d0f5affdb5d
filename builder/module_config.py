"""What one module is: a network, the names of its classes, its provenance."""

from __future__ import annotations

import dataclasses
import math
from typing import Any, Mapping

from .. import errors, escaping
from ..efficientnet import config as config_lib
from ..efficientnet import preprocessings
from ..signatures import class_names as class_names_lib
from ..signatures import measurements
from ..signatures import provenance as provenance_lib
from . import recomputations, tasks

# Names of facts.
PADDING = "padding"
MEASURED = "measured"
# The names of facts that are numbers, and the fields of NetworkConfig that they say.
NUMBERS = {
    "batch norm epsilon": "batch_norm_epsilon",
    "batch norm momentum": "batch_norm_momentum",
    "dropout rate": "dropout_rate",
    "survival probability": "survival_probability",
}
_RECOMPUTE = "recompute"
# What a network of another name is compared with.
_OTHER = config_lib.VARIANTS["efficientnet-b0"]


@dataclasses.dataclass(frozen=True)
class ModuleConfig:
    """Everything that can be chosen about a module.

    Attributes:
      network: the network; one without classifier makes a feature-vector module.
      class_names: the name of each class, or None where they are not known.
      provenance: where the weights come from.
      handle: what the module is published as, with its version, or None for
        'efficientnet-hub/<model>/<task>/1'.
      recompute: one of `recomputations.RECOMPUTATIONS`: what the gradients of the graph
        for {"train"} compute again.
      measurement: what was measured with exactly the module's weights, or None.
    """

    network: config_lib.NetworkConfig
    class_names: list[str] | None
    provenance: provenance_lib.Provenance
    handle: str | None = None
    recompute: str = recomputations.SWISH
    measurement: measurements.Measurement | None = None

    def __post_init__(self) -> None:
        if self.recompute not in recomputations.RECOMPUTATIONS:
            choices = ", ".join(recomputations.RECOMPUTATIONS)
            raise errors.InputError(
                f"recompute must be one of {choices}, found {self.recompute!r}"
            )

    @property
    def task(self) -> str:
        """'classification' or 'feature-vector'."""
        return (
            tasks.FEATURE_VECTOR
            if self.network.num_classes is None
            else tasks.CLASSIFICATION
        )

    def facts(self) -> dict[str, str]:
        """What a reader of the module may want to know of the network, by name."""
        facts = {
            "model": self.network.name,
            "task": self.task,
            "preprocessing": self.network.preprocessing,
        }
        # A fact for each choice of another than the publisher.
        if self.network.padding != config_lib.SAME:
            facts[PADDING] = self.network.padding
        published = config_lib.VARIANTS.get(self.network.name, _OTHER)
        for name, field in NUMBERS.items():
            value = getattr(self.network, field)
            if value != getattr(published, field):
                facts[name] = repr(float(value))
        if self.recompute != recomputations.SWISH:
            facts[_RECOMPUTE] = self.recompute
        if self.measurement is not None:
            facts[MEASURED] = self.measurement.to_fact()
        facts.update(self.provenance.to_facts())
        return facts


def read_network_choices(facts: Mapping[str, str]) -> dict[str, Any]:
    """Returns the fields of NetworkConfig that the facts of a module say.

    Raises:
      errors.InputError: if the value of one has another type.
    """
    choices: dict[str, Any] = {"preprocessing": facts["preprocessing"]}
    if PADDING in facts:
        choices["padding"] = facts[PADDING]
    for name, field in NUMBERS.items():
        if name in facts:
            choices[field] = read_number(name, facts[name])
    return choices


def read_number(name: str, text: str) -> float:
    """Returns the value of a fact of `NUMBERS`.

    Raises:
      errors.InputError: if it is no number, or out of range.
    """
    allowed = config_lib.RANGES[NUMBERS[name]]
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not allowed.contains(value):
        raise errors.InputError(
            f"{name} must be a number {allowed.description}, found "
            f"{escaping.cut(text)!r}"
        )
    return value


def read_recompute(facts: Mapping[str, str]) -> str:
    """Returns `recompute` of the module with the given facts (`ModuleConfig.facts`)."""
    return facts.get(_RECOMPUTE, recomputations.SWISH)


def module_config(
    model: str | config_lib.NetworkConfig,
    task: str = tasks.CLASSIFICATION,
    num_classes: int | None = None,
    labels: str | None = None,
    image_size: int | None = None,
    preprocessing: str | None = None,
    seed: int | None = None,
    recompute: str = recomputations.SWISH,
) -> ModuleConfig:
    """Makes a module's configuration from a user's choices.

    Args:
      model: a variant's name, e.g. 'efficientnet-b2', or a NetworkConfig.
      task: 'classification' or 'feature-vector'.
      num_classes: outputs of the classifier; by default the number of labels, or
        without labels the model's, which is 1,000 for a variant.
      labels: path of a file of class names, one per line; by default ImageNet's
        names for 1,000 classes, none for another number.
      image_size: expected height and width in pixels; by default the model's.
      preprocessing: a name or numbers, see `preprocessings.parse`; by default the
        model's.
      seed: seeds initial values, and the masks of dropout and stochastic depth; by
        default the model's, which is 0 for a variant.
      recompute: 'swish' or 'none'.

    Raises:
      errors.InputError: if the choices are out of range or contradict each other.
    """
    _check_task(task, num_classes, labels)
    if preprocessing is not None:
        preprocessing = preprocessings.normalize_text(preprocessing)
    choices = {
        "image_size": image_size,
        "preprocessing": preprocessing,
        "num_classes": num_classes,
        "seed": seed,
    }
    network = config_lib.get_config(
        model, **{name: value for name, value in choices.items() if value is not None}
    )
    if task == tasks.FEATURE_VECTOR:
        network, class_names = config_lib.get_config(network, num_classes=None), None
    else:
        class_names = _choose_class_names(network, num_classes, labels)
        if class_names is not None:
            network = config_lib.get_config(network, num_classes=len(class_names))
    provenance = provenance_lib.Provenance(f"initial values of seed {network.seed}")
    return ModuleConfig(network, class_names, provenance, recompute=recompute)


def _check_task(task: str, num_classes: int | None, labels: str | None) -> None:
    if task not in tasks.TASKS:
        raise errors.InputError(
            f"task must be one of {', '.join(tasks.TASKS)}, found {task!r}"
        )
    if task == tasks.FEATURE_VECTOR and (num_classes is not None or labels is not None):
        raise errors.InputError(
            "a feature-vector module has no classes, found num_classes or labels: "
            "is a classification module meant?"
        )


def _choose_class_names(
    network: config_lib.NetworkConfig, num_classes: int | None, labels: str | None
) -> list[str] | None:
    """Returns the names of the classes of a classification module, None if unknown."""
    if labels is not None:
        return _read_class_names(labels, num_classes)
    if network.num_classes is None:
        raise errors.InputError(
            "a NetworkConfig for a classification module must have a classifier, found "
            "num_classes None: is task 'feature-vector' meant?"
        )
    return _imagenet_class_names(network.num_classes)


def _imagenet_class_names(num_classes: int) -> list[str] | None:
    names = class_names_lib.imagenet_class_names()
    return names if num_classes == len(names) else None


def _read_class_names(labels: str, num_classes: int | None) -> list[str]:
    names = class_names_lib.read_class_names(labels)
    if num_classes is not None and num_classes != len(names):
        raise errors.InputError(
            f"labels file '{labels}' must have as many lines as there are classes, "
            f"{num_classes}, found {len(names)}"
        )
    return names
