"""An Estimator of a small b0, and its images."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow.compat.v1 as tf

import efficientnet_hub
from efficientnet_hub.efficientnet import config as config_lib

# The first three blocks of b0 with a quarter of the channels.
MODEL = config_lib.get_config(
    "efficientnet-b0", width_coefficient=0.25, stages=config_lib.BASELINE_STAGES[:2]
)
NUM_CLASSES = 7
PARAMS = {"model": MODEL, "num_classes": NUM_CLASSES, "learning_rate": 0.01}
IMAGES = np.random.RandomState(7).uniform(size=[4, 32, 32, 3]).astype(np.float32)
LABELS = np.array([0, 2, 4, 6], np.int32)


def _skip_without_estimator():
    if not hasattr(tf, "estimator"):
        pytest.skip("this TensorFlow has no tf.estimator")


def make_estimator(model_dir, **params):
    """An Estimator that writes a checkpoint and a summary each step."""
    _skip_without_estimator()
    config = tf.estimator.RunConfig(
        tf_random_seed=1, save_checkpoints_steps=1, save_summary_steps=1
    )
    return tf.estimator.Estimator(
        efficientnet_hub.model_fn, str(model_dir), config, dict(PARAMS, **params)
    )


def make_spec(mode, features=IMAGES, labels=LABELS, params=None, **changes):
    """Calls model_fn in a new graph."""
    _skip_without_estimator()
    params = dict(PARAMS, **changes) if params is None else params
    with tf.Graph().as_default():
        tf.train.create_global_step()
        return efficientnet_hub.model_fn(features, labels, mode, params)


def make_dataset(*tensors):
    features = tensors if len(tensors) > 1 else tensors[0]
    return tf.data.Dataset.from_tensors(features).repeat()


def input_fn():
    return make_dataset(IMAGES, LABELS)
