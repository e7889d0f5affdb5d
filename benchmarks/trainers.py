"""The peers of training: functions that run a step, by name."""

from __future__ import annotations

import json
from typing import Callable

import module_training
import numpy as np
import part
import tensorflow as tf

BATCH = 8
_CLASSES = 1000


def names() -> list[str]:
    """Returns the peers that this TensorFlow supports."""
    with_keras = tf.__version__.startswith("2.")
    return ["ours", "plain"] + (["keras"] if with_keras else [])


def training_step(name: str, work: str, size: int) -> Callable[[], float]:
    """Returns a function that trains a peer one step and returns the loss.

    Args:
      name: one of `names()`.
      work: what `prepare.py` wrote.
      size: height and width of the images, in pixels.
    """
    if name == "keras":
        import keras_peer

        images, labels = _examples(size)
        return keras_peer.training_step(255 * images, labels)
    return module_training_of(name, work, size).step


def module_training_of(
    name: str, work: str, size: int
) -> module_training.ModuleTraining:
    """Returns the training of a peer that is a module, 'ours' or 'plain'."""
    path = part.module(work) if name == "ours" else part.plain_module(work)
    return module_training.training(path, *_examples(size))


def _examples(size):
    generator = np.random.RandomState(0)
    images = generator.uniform(size=[BATCH, size, size, 3]).astype(np.float32)
    labels = generator.randint(_CLASSES, size=BATCH).astype(np.int32)
    return images, labels


if __name__ == "__main__":
    print(json.dumps(names()))
