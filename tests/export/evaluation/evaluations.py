"""Evaluates modules, and writes some of another publisher."""

from __future__ import annotations

import pathlib

import pytest
import tensorflow.compat.v1 as tf
import tensorflow_hub as hub

from efficientnet_hub import errors
from efficientnet_hub.export.evaluation import module_evaluation

IMAGES = 12


def evaluate(module, images, **options):
    path = module if isinstance(module, str) else module.directory
    return module_evaluation.evaluate_module(path, str(images), **options)


def find_refusal(*args, **options) -> str:
    with pytest.raises(errors.InputError) as caught:
        evaluate(*args, **options)
    return str(caught.value)


def list_images(images) -> list[pathlib.Path]:
    return sorted(images.rglob("*.png"))


def write_module(
    folder: pathlib.Path, compute, size=8, compute_more=None, batch=None
) -> str:
    """Writes a module of another publisher for images of a fixed size.

    Args:
      folder: the path of the module.
      compute: returns the logits from the mean colors and zeros.
      size: the height and width of the images in pixels.
      compute_more: returns more outputs of the signature 'default', by name.
      batch: the number of images that it takes at a time, None for any.
    """

    def module_fn():
        images = tf.placeholder(tf.float32, [batch, size, size, 3])
        bias = tf.get_variable("bias", [3], initializer=tf.zeros_initializer())
        logits = compute(tf.reduce_mean(images, [1, 2]) + bias)
        more = {} if compute_more is None else compute_more(logits)
        inputs, outputs = {"images": images}, {"default": logits}
        hub.add_signature("image_classification", inputs, outputs)
        hub.add_signature(None, inputs, {**outputs, **more})

    with tf.Graph().as_default(), tf.Session() as session:
        module = hub.Module(hub.create_module_spec(module_fn))
        session.run(tf.global_variables_initializer())
        module.export(str(folder), session)
    return str(folder)
