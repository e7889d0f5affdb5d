"""Writes the plain network as a module, by `hub.create_module_spec`.

The module has the tag sets {} and {"train"}, and three signatures with their default
outputs: enough for inference and fine-tuning. TensorFlow 1.15 loads a module that
tensorflow_hub 0.12 writes.
"""

from __future__ import annotations

import plain_network
import tensorflow.compat.v1 as tf


def write(config, checkpoint: str, path: str) -> None:
    """Writes a module.

    Args:
      config: a `NetworkConfig` with a classifier, not of a Lite variant.
      checkpoint: the prefix of a checkpoint with its variables.
      path: the directory to write.
    """
    import tensorflow_hub as hub

    def module_fn(training):
        images = tf.placeholder(tf.float32, [None, None, None, 3])
        features, logits = plain_network.PlainNetwork(config, training).build(images)
        if training:
            plain_network.add_regularization_losses()
        hub.add_signature("default", images, logits)
        hub.add_signature("image_classification", images, logits)
        hub.add_signature("image_feature_vector", images, features)
        hub.attach_image_module_info(_image_module_info(hub, config.image_size))

    spec = hub.create_module_spec(
        module_fn, [(set(), {"training": False}), ({"train"}, {"training": True})]
    )
    spec.export(path, checkpoint_path=checkpoint)


def _image_module_info(hub, size):
    info = hub.ImageModuleInfo()
    info.default_image_size.height = info.default_image_size.width = size
    return info
