"""Trains only the classifier of a module, on features that are computed once."""

from __future__ import annotations

import os
from typing import Iterator

import numpy as np
import tensorflow.compat.v1 as tf

from .. import dependencies, digests, errors
from ..efficientnet import network
from ..photographs import labeled as photographs_lib
from ..signatures import names as signatures_lib
from . import batches, divergence, progress, schedule
from . import plan as plan_lib
from . import trained as trained_lib

_CHECKPOINT = os.path.join("head", "model.ckpt")
# Factor of the L2 loss of the kernel, for standardized features.
_WEIGHT_DECAY = 1e-3
# Keeps the division by the deviation of a constant feature finite.
_SMALLEST_DEVIATION = 1e-6


def train_classifier(module: str, plan: plan_lib.Plan) -> trained_lib.Trained:
    """Trains the classifier of a classification module.

    Args:
      module: the module's directory. Its classes are those of the photographs.
      plan: the training. Augmentation and patience have no effect.

    Returns:
      The result of the training.

    Raises:
      errors.InputError: if the training diverges.
    """
    training, evaluation = plan.training_photographs, plan.evaluation_photographs
    features = _load_or_compute_features(module, training.join(evaluation), plan)
    training_features, evaluation_features = np.split(features, [len(training.paths)])
    kernel, bias = _fit(training_features, np.array(training.labels), plan)
    if not (np.isfinite(kernel).all() and np.isfinite(bias).all()):
        raise divergence.describe(plan)
    classes = (evaluation_features @ kernel + bias).argmax(1)
    confusion_matrix = np.zeros([len(bias)] * 2, np.int64)
    np.add.at(confusion_matrix, (evaluation.labels, classes), 1)
    checkpoint = os.path.join(plan.training_dir, _CHECKPOINT)
    return trained_lib.Trained(
        checkpoint=_write_checkpoint(module, kernel, bias, checkpoint),
        steps=plan.steps,
        accuracy=float(np.trace(confusion_matrix) / len(classes)),
        confusion_matrix=confusion_matrix,
        class_names=plan.class_names,
    )


def _load_or_compute_features(
    module: str, photographs: photographs_lib.Photographs, plan: plan_lib.Plan
) -> np.ndarray:
    """Returns float32 `[photographs, features]`, and saves them for the next run."""
    depends_on = [str(plan.image_size), digests.of_folder(module), *photographs.digests]
    digest = digests.of_texts(depends_on)[:16]
    path = os.path.join(plan.training_dir, f"features-{digest}.npy")
    if not os.path.exists(path):
        features = _compute_features(module, photographs, plan)
        # An interrupted run must not leave an incomplete file, or two of them.
        part = os.path.join(plan.training_dir, "features.npy.part")
        with errors.naming(part), open(part, "wb") as file:
            np.save(file, features)
        os.replace(part, path)
    return np.load(path)


def _compute_features(
    module: str, photographs: photographs_lib.Photographs, plan: plan_lib.Plan
) -> np.ndarray:
    hub = dependencies.tensorflow_hub_with_module()
    count = len(photographs.paths)
    features: list[np.ndarray] = []
    with tf.Graph().as_default(), tf.Session() as session:
        dataset = batches.read_evaluation_batches(
            photographs, plan.image_size, plan.options.batch
        )
        images, _ = tf.data.make_one_shot_iterator(dataset).get_next()
        vectors = hub.Module(module)(images, signature=signatures_lib.FEATURE_VECTOR)
        session.run(tf.global_variables_initializer())
        with progress.start_bar(count, "photograph") as bar:
            while bar.n < count:
                features.append(session.run(vectors))
                bar.update(len(features[-1]))
    return np.concatenate(features)


def _fit(
    features: np.ndarray, labels: np.ndarray, plan: plan_lib.Plan
) -> tuple[np.ndarray, np.ndarray]:
    """Trains a softmax regression on features.

    Args:
      features: float32 `[photographs, features]`.
      labels: int `[photographs]`.
      plan: the training.

    Returns:
      The kernel, float32 `[features, classes]`, and the bias, float32 `[classes]`.
    """
    mean, deviation = features.mean(0), features.std(0) + _SMALLEST_DEVIATION
    kernel, bias = _fit_standardized((features - mean) / deviation, labels, plan)
    # The classifier of the module gets features that are not standardized.
    kernel /= deviation[:, np.newaxis]
    return kernel, bias - mean @ kernel


def _fit_standardized(
    features: np.ndarray, labels: np.ndarray, plan: plan_lib.Plan
) -> tuple[np.ndarray, np.ndarray]:
    with tf.Graph().as_default(), tf.Session() as session:
        inputs = tf.placeholder(tf.float32, [None, features.shape[1]])
        targets = tf.placeholder(tf.int64, [None])
        shape = [features.shape[1], int(labels.max()) + 1]
        kernel = tf.get_variable("kernel", shape, initializer=tf.zeros_initializer())
        bias = tf.get_variable("bias", shape[1:], initializer=tf.zeros_initializer())
        loss = tf.losses.sparse_softmax_cross_entropy(
            targets, tf.matmul(inputs, kernel) + bias
        )
        loss += _WEIGHT_DECAY * tf.nn.l2_loss(kernel)
        train_op = _make_train_op(loss, plan)
        session.run(tf.global_variables_initializer())
        for indices in _shuffle_batches(plan):
            session.run(train_op, {inputs: features[indices], targets: labels[indices]})
        return session.run((kernel, bias))


def _make_train_op(loss: tf.Tensor, plan: plan_lib.Plan) -> tf.Operation:
    step = tf.train.get_or_create_global_step()
    learning_rate = schedule.compute_learning_rate(
        step, plan.options.peak_learning_rate, plan.warm_up_steps, plan.steps
    )
    return tf.train.AdamOptimizer(learning_rate).minimize(loss, step)


def _shuffle_batches(plan: plan_lib.Plan) -> Iterator[np.ndarray]:
    """Yields the indices of the photographs of each batch, of all epochs."""
    generator = np.random.RandomState(plan.options.seed)
    count = plan.steps_per_epoch * plan.options.batch
    for _ in range(plan.options.epochs):
        order = generator.permutation(len(plan.training_photographs.paths))
        yield from np.split(order[:count], plan.steps_per_epoch)


def _write_checkpoint(
    module: str, kernel: np.ndarray, bias: np.ndarray, prefix: str
) -> str:
    """Writes the module's variables with another classifier; returns the prefix."""
    hub = dependencies.tensorflow_hub_with_module()
    with tf.Graph().as_default(), tf.Session() as session:
        variables = hub.Module(module, name="module").variable_map
        session.run(tf.global_variables_initializer())
        for suffix, value in zip(network.CLASSIFIER_VARIABLES, (kernel, bias)):
            (variable,) = (v for name, v in variables.items() if name.endswith(suffix))
            variable.load(value, session)
        os.makedirs(os.path.dirname(prefix), exist_ok=True)
        return tf.train.Saver().save(session, prefix, write_meta_graph=False)
