"""Writes small modules as another publisher would, with a graph for each tag set."""

from __future__ import annotations

import functools
import pathlib
from typing import Callable

import tensorflow.compat.v1 as tf
import tensorflow_hub as hub

SIZE = 32
GPU = "gpu"
_TAG_SETS = ((), ("train",), (GPU,))

# Changes features and logits, given the tags of the graph.
Change = Callable[[tf.Tensor, tf.Tensor, str], "tuple[tf.Tensor, tf.Tensor]"]


def keep(features: tf.Tensor, logits: tf.Tensor, tag: str):
    """Changes nothing."""
    return features, logits


def write(folder: pathlib.Path, change: Change = keep, size: int | None = SIZE) -> str:
    """Writes a module, and returns its path.

    Args:
      folder: a folder that does not exist.
      change: returns other features and logits for the tag of a graph, '' for none.
      size: the height and width that it accepts, or None for any.
    """
    spec = hub.create_module_spec(
        functools.partial(_build, change, size),
        [(set(tags), {"tag": "".join(tags)}) for tags in _TAG_SETS],
    )
    with tf.Graph().as_default(), tf.Session() as session:
        tf.set_random_seed(0)
        module = hub.Module(spec)
        session.run(tf.global_variables_initializer())
        module.export(str(folder), session)
    return str(folder)


def _build(change: Change, size: int | None, tag: str) -> None:
    images = tf.placeholder(tf.float32, [None, size, size, 3])
    weights = tf.get_variable("weights", [3, 8], initializer=_draw(1))
    features = tf.nn.relu(tf.reduce_mean(images, [1, 2]) @ weights)
    kernel = tf.get_variable("kernel", [8, 10], initializer=_draw(2))
    features, logits = change(features, features @ kernel, tag)
    inputs = {"images": images}
    hub.add_signature(inputs=inputs, outputs=logits)
    hub.add_signature("image_classification", inputs, logits)
    hub.add_signature("image_feature_vector", inputs, features)


def _draw(seed: int) -> tf.Tensor:
    return tf.random_uniform_initializer(0.1, 1.0, seed=seed)
