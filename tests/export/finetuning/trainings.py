"""How the tests fine-tune, and how they measure what came out."""

from __future__ import annotations

import numpy as np
import tensorflow.compat.v1 as tf

from efficientnet_hub import progress_bars
from efficientnet_hub.export.execution import runner
from efficientnet_hub.finetuning import batches
from efficientnet_hub.photographs import checking, labeled, splitting

VARIANT = "efficientnet-tiny"
OPTIONS = {"epochs": 2, "batch": 8, "augmentation": "crop"}
FROZEN_OPTIONS = {"epochs": 20, "batch": 4, "freeze": True}


def _split(images: str) -> tuple[labeled.Photographs, labeled.Photographs]:
    checked = checking.read_folder(images, progress_bars.start_bar)
    return splitting.split(checked.photographs, 0.2, seed=0)


def measure_accuracy(module: str, images: str, size: int) -> float:
    """Returns the fraction of held-out photographs that a module classifies right."""
    logits, labels = _classify(module, images, size)
    return float(np.mean(logits.argmax(1) == labels))


def measure_cross_entropy(module: str, images: str, size: int) -> float:
    """Returns the mean cross entropy of a module over the held-out photographs."""
    logits, labels = _classify(module, images, size)
    logits = logits.astype(np.float64)
    totals = np.log(np.exp(logits - logits.max(1, keepdims=True)).sum(1))
    right = logits[np.arange(len(labels)), labels] - logits.max(1)
    return float(np.mean(totals - right))


def _classify(module: str, images: str, size: int) -> tuple[np.ndarray, np.ndarray]:
    """Returns a module's logits for the held-out photographs, and their labels."""
    _, held_out = _split(images)
    with tf.Graph().as_default(), tf.Session() as session:
        dataset = batches.read_evaluation_batches(held_out, size, len(held_out.paths))
        pixels, labels = session.run(tf.data.make_one_shot_iterator(dataset).get_next())
    outputs = runner.open_module(module).run("image_classification", {"images": pixels})
    return outputs["default"], labels
