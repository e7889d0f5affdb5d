"""What one module is: a network, the names of its classes, its provenance."""

from __future__ import annotations

import dataclasses

from .. import errors
from ..efficientnet import config as config_lib
from ..signatures import class_names as class_names_lib
from ..signatures import provenance as provenance_lib

CLASSIFICATION = "classification"
FEATURE_VECTOR = "feature-vector"
TASKS = (CLASSIFICATION, FEATURE_VECTOR)


@dataclasses.dataclass(frozen=True)
class ModuleConfig:
    """Everything that can be chosen about a module.

    Attributes:
      network: the network; one without classifier makes a feature-vector module.
      class_names: the name of each class, or None where they are not known.
      provenance: where the weights come from.
      handle: what the module is published as, with its version, or None for
        'efficientnet-hub/<model>/<task>/1'.
    """

    network: config_lib.NetworkConfig
    class_names: list[str] | None
    provenance: provenance_lib.Provenance
    handle: str | None = None

    @property
    def task(self) -> str:
        """'classification' or 'feature-vector'."""
        return FEATURE_VECTOR if self.network.num_classes is None else CLASSIFICATION

    def facts(self) -> dict[str, str]:
        """What a reader of the module may want to know of the network, by name."""
        facts = {
            "model": self.network.name,
            "task": self.task,
            "preprocessing": self.network.preprocessing,
        }
        facts.update(self.provenance.to_facts())
        return facts


def module_config(
    model: str,
    task: str = CLASSIFICATION,
    num_classes: int | None = None,
    labels: str | None = None,
    image_size: int | None = None,
    preprocessing: str | None = None,
    seed: int = 0,
) -> ModuleConfig:
    """Makes a module's configuration from a user's choices.

    Args:
      model: a variant's name, e.g. 'efficientnet-b2'.
      task: 'classification' or 'feature-vector'.
      num_classes: outputs of the classifier; by default as many as there are
        labels, or 1,000 without labels.
      labels: path of a file of class names, one a line; by default ImageNet's
        names for 1,000 classes, none for another number.
      image_size: expected height and width in pixels; by default the variant's.
      preprocessing: 'imagenet', 'advprop' or 'lite'; by default the variant's.
      seed: seeds initial values.

    Raises:
      errors.InputError: if the choices are out of range or contradict each other.
    """
    if task not in TASKS:
        raise errors.InputError(
            "task must be one of {}, found {!r}".format(", ".join(TASKS), task)
        )
    if task == FEATURE_VECTOR and (num_classes is not None or labels is not None):
        raise errors.InputError(
            "a feature-vector module has no classes, found num_classes or labels: "
            "is a classification module meant?"
        )
    network = config_lib.get_config(model, seed=seed)
    if image_size is not None:
        network = config_lib.get_config(network, image_size=image_size)
    if preprocessing is not None:
        network = config_lib.get_config(network, preprocessing=preprocessing)
    class_names = None
    if task == FEATURE_VECTOR:
        network = config_lib.get_config(network, num_classes=None)
    else:
        class_names = _class_names(labels, num_classes)
        if num_classes is None and class_names is not None:
            num_classes = len(class_names)
        network = config_lib.get_config(network, num_classes=num_classes)
    provenance = provenance_lib.Provenance(f"initial values of seed {seed}")
    return ModuleConfig(network, class_names, provenance)


def _class_names(labels: str | None, num_classes: int | None) -> list[str] | None:
    if labels is None:
        names = class_names_lib.imagenet_class_names()
        return names if num_classes in (None, len(names)) else None
    names = class_names_lib.read_class_names(labels)
    if num_classes is not None and num_classes != len(names):
        raise errors.InputError(
            "labels file '%s' must have as many lines as there are classes, %d, "
            "found %d" % (labels, num_classes, len(names))
        )
    return names
