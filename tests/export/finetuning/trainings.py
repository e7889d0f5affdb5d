"""How the tests fine-tune, and how they measure what came out."""

from __future__ import annotations

import numpy as np
import tensorflow.compat.v1 as tf

from efficientnet_hub import progress_bars
from efficientnet_hub.export import runner
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
    _, held_out = _split(images)
    with tf.Graph().as_default(), tf.Session() as session:
        dataset = batches.read_evaluation_batches(held_out, size, len(held_out.paths))
        pixels, labels = session.run(tf.data.make_one_shot_iterator(dataset).get_next())
    outputs = runner.open_module(module).run("image_classification", {"images": pixels})
    return float(np.mean(outputs["default"].argmax(1) == labels))
