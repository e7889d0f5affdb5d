"""Trains a module's classifier alone, on features that are computed once."""

from __future__ import annotations

import os

import numpy as np
import tensorflow.compat.v1 as tf

from .. import dependencies, digests
from ..efficientnet import network
from ..signatures import names as signatures_lib
from . import batches, progress, schedule, training
from . import photographs as photographs_lib

_CHECKPOINT = os.path.join("head", "model.ckpt")
# Half the square of the kernel in the loss, by the standardized features.
_WEIGHT_DECAY = 1e-3


def train(
    module: str,
    to_train_with: photographs_lib.Photographs,
    to_evaluate_with: photographs_lib.Photographs,
    training_dir: str,
    plan: training.Plan,
) -> training.Trained:
    """Trains the classifier of a classification module.

    Args:
      module: the module's directory; it has a class for each of the photographs'.
      to_train_with: the photographs to train with, each resized as a whole.
      to_evaluate_with: the photographs to evaluate with.
      training_dir: where features are kept, and the checkpoint goes.
      plan: how to train; there is no augmentation and no patience.

    Returns:
      What came of it.
    """
    features = _features(
        module, to_train_with.joined_with(to_evaluate_with), training_dir, plan
    )
    of_train, of_evaluation = np.split(features, [len(to_train_with.paths)])
    kernel, bias = _classifier(of_train, np.array(to_train_with.labels), plan)
    classes = (of_evaluation @ kernel + bias).argmax(1)
    confusion_matrix = np.zeros([len(bias)] * 2, np.int64)
    np.add.at(confusion_matrix, (to_evaluate_with.labels, classes), 1)
    return training.Trained(
        checkpoint=_written(
            module, kernel, bias, os.path.join(training_dir, _CHECKPOINT)
        ),
        steps=plan.steps(len(to_train_with.paths)),
        accuracy=float(np.trace(confusion_matrix) / len(classes)),
        confusion_matrix=confusion_matrix,
        class_names=to_evaluate_with.class_names,
    )


def _features(
    module: str,
    photographs: photographs_lib.Photographs,
    training_dir: str,
    plan: training.Plan,
) -> np.ndarray:
    """Returns float32 `[photographs, features]`, computed or found computed."""
    depends_on = [str(plan.image_size), digests.of_folder(module), *photographs.digests]
    digest = digests.of_texts(depends_on)[:16]
    path = os.path.join(training_dir, f"features-{digest}.npy")
    if not os.path.exists(path):
        computed = _computed(module, photographs, plan)
        # In one step, so that what is there is whole.
        with open(path + ".part", "wb") as file:
            np.save(file, computed)
        os.replace(path + ".part", path)
    return np.load(path)


def _computed(
    module: str, photographs: photographs_lib.Photographs, plan: training.Plan
) -> np.ndarray:
    hub = dependencies.tensorflow_hub_with_module()
    computed = []
    with tf.Graph().as_default(), tf.Session() as session:
        dataset = batches.to_evaluate_with(photographs, plan.image_size, plan.batch)
        images, _ = tf.data.make_one_shot_iterator(dataset).get_next()
        vectors = hub.Module(module)(images, signature=signatures_lib.FEATURE_VECTOR)
        session.run(tf.global_variables_initializer())
        with progress.bar(len(photographs.paths), "photograph") as bar:
            while sum(map(len, computed)) < len(photographs.paths):
                computed.append(session.run(vectors))
                bar.update(len(computed[-1]))
    return np.concatenate(computed)


def _classifier(
    features: np.ndarray, labels: np.ndarray, plan: training.Plan
) -> tuple[np.ndarray, np.ndarray]:
    """Returns the kernel and the bias of a softmax regression.

    Args:
      features: float32 `[photographs, features]`.
      labels: int `[photographs]`.
      plan: how to train.

    Returns:
      float32 `[features, classes]` and `[classes]`.
    """
    mean, deviation = features.mean(0), features.std(0) + 1e-6
    standardized = (features - mean) / deviation
    generator = np.random.RandomState(plan.seed)
    steps_per_epoch = plan.steps_per_epoch(len(labels))
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
        step = tf.train.get_or_create_global_step()
        learning_rate = schedule.warm_up_and_cosine(
            step,
            plan.learning_rate,
            plan.warm_up_steps(len(labels)),
            plan.steps(len(labels)),
        )
        train_op = tf.train.AdamOptimizer(learning_rate).minimize(loss, step)
        session.run(tf.global_variables_initializer())
        for _ in range(plan.epochs):
            order = generator.permutation(len(labels))
            for batch in np.split(
                order[: steps_per_epoch * plan.batch], steps_per_epoch
            ):
                feeds = {inputs: standardized[batch], targets: labels[batch]}
                session.run(train_op, feeds)
        kernel, bias = session.run([kernel, bias])
    # Of features as they are.
    kernel /= deviation[:, np.newaxis]
    return kernel, bias - mean @ kernel


def _written(module: str, kernel: np.ndarray, bias: np.ndarray, prefix: str) -> str:
    """Writes the checkpoint of a module with another classifier; returns its prefix."""
    hub = dependencies.tensorflow_hub_with_module()
    with tf.Graph().as_default(), tf.Session() as session:
        variables = hub.Module(module, name="module").variable_map
        session.run(tf.global_variables_initializer())
        for end, value in zip(network.CLASSIFIER_VARIABLES, (kernel, bias)):
            (variable,) = (v for name, v in variables.items() if name.endswith(end))
            variable.load(value, session)
        os.makedirs(os.path.dirname(prefix), exist_ok=True)
        return tf.train.Saver().save(session, prefix, write_meta_graph=False)
