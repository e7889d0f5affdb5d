"""Trains a small EfficientNet by `model_fn`: alone, or as TF_CONFIG has it.

    python mirrored_training.py MODEL_DIR IMAGES_A_STEP JSON_OF_PARAMS [reversed]

A step is of the same sixteen images however many processes share them, and nothing in
it is random. `reversed` only changes their order in it.
"""

from __future__ import annotations

import json
import os
import sys

import numpy as np
import tensorflow.compat.v1 as tf

from efficientnet_hub.builder import estimator as estimator_lib
from efficientnet_hub.efficientnet import config as config_lib

STEPS = 10
_BATCH = 16
_CLASSES = 5
# TensorFlow 1 has no option to leave the graph out of checkpoints. Writing it as text
# takes seconds.
_IS_OLD = tf.__version__.startswith("1.")
_SKIP_GRAPH = {} if _IS_OLD else {"checkpoint_save_graph_def": False}


def _images() -> tuple[np.ndarray, np.ndarray]:
    """Returns noise that is the brighter the higher the class."""
    generator = np.random.RandomState(1)
    labels = generator.randint(0, _CLASSES, size=[STEPS * _BATCH]).astype(np.int32)
    images = generator.uniform(size=[STEPS * _BATCH, 32, 32, 3])
    images = 0.7 * images + 0.06 * labels[:, None, None, None]
    return images.astype(np.float32), labels


def _reversed(values: np.ndarray) -> np.ndarray:
    in_batches = values.reshape((STEPS, _BATCH) + values.shape[1:])
    return in_batches[:, ::-1].reshape(values.shape)


def main(model_dir: str, batch: str, params: str, order: str = "") -> None:
    images, labels = _images()
    if order == "reversed":
        images, labels = _reversed(images), _reversed(labels)

    def input_fn(input_context=None):
        dataset = tf.data.Dataset.from_tensor_slices((images, labels))
        if input_context is not None:
            dataset = dataset.shard(
                input_context.num_input_pipelines, input_context.input_pipeline_id
            )
        return dataset.batch(int(batch), drop_remainder=True)

    strategy = None
    if "TF_CONFIG" in os.environ:
        strategy = tf.distribute.experimental.MultiWorkerMirroredStrategy()
    # The first blocks of b0, a quarter as wide.
    model = config_lib.get_config(
        "efficientnet-b0",
        width_coefficient=0.25,
        stages=config_lib.BASELINE_STAGES[:2],
        num_classes=_CLASSES,
        dropout_rate=0.0,
        survival_probability=1.0,
    )
    settings = {"model": model, "learning_rate": 0.003, "optimizer": "momentum"}
    estimator = tf.estimator.Estimator(
        estimator_lib.model_fn,
        params=dict(settings, **json.loads(params)),
        config=tf.estimator.RunConfig(
            model_dir,
            train_distribute=strategy,
            save_summary_steps=1,
            save_checkpoints_steps=1,
            keep_checkpoint_max=STEPS,
            **_SKIP_GRAPH,
        ),
    )
    tf.estimator.train_and_evaluate(
        estimator,
        tf.estimator.TrainSpec(input_fn, max_steps=STEPS),
        tf.estimator.EvalSpec(input_fn, steps=1, throttle_secs=10**6),
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
