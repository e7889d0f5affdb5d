"""Creates a `hub.ModuleSpec`, for a TF1 program that needs no exported module."""

from __future__ import annotations

from typing import Any

from .. import dependencies
from ..efficientnet import config as config_lib
from . import graphs, tasks
from . import module_config as module_config_lib


def create_module_spec(
    model: str | config_lib.NetworkConfig,
    task: str = tasks.CLASSIFICATION,
    num_classes: int | None = None,
    labels: str | None = None,
    image_size: int | None = None,
    preprocessing: str | None = None,
    seed: int | None = None,
) -> Any:
    """Creates a ModuleSpec of an EfficientNet with initial weights.

    `hub.Module(create_module_spec("efficientnet-b2"))` has the signatures and the
    tag sets {} and {"train"} of an exported module. Use
    `tf.train.init_from_checkpoint` or a Saver to load other weights.

    Args:
      model: a variant's name, e.g. 'efficientnet-b2', or a NetworkConfig.
      task: 'classification' or 'feature-vector'.
      num_classes: outputs of the classifier; by default the number of labels, or
        without labels the model's, which is 1,000 for a variant.
      labels: path of a file of class names, one a line; by default ImageNet's names
        for 1,000 classes, or none.
      image_size: expected height and width in pixels, by default the model's.
      preprocessing: a name or numbers, see `preprocessings.parse`; by default the
        model's.
      seed: see `NetworkConfig`, by default the model's, which is 0 for a variant. The
        same seed gives the same initial values on every TensorFlow.

    Returns:
      A `hub.ModuleSpec`.

    Raises:
      errors.InputError: if the choices are out of range or contradict each other.
      errors.DependencyError: if tensorflow_hub is missing or has no `hub.Module`.
    """
    config = module_config_lib.module_config(
        model=model,
        task=task,
        num_classes=num_classes,
        labels=labels,
        image_size=image_size,
        preprocessing=preprocessing,
        seed=seed,
    )
    hub = dependencies.tensorflow_hub_with_module()

    def module_fn(training: bool) -> None:
        for signature in graphs.add_module(config, training):
            hub.add_signature(signature.name, signature.inputs, signature.outputs)
        for key, message in graphs.attachments(config).items():
            hub.attach_message(key, message)

    return hub.create_module_spec(
        module_fn,
        [(set(), {"training": False}), ({"train"}, {"training": True})],
    )
