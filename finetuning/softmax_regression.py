"""Trains a classifier on feature vectors."""

from __future__ import annotations

import dataclasses
from typing import Callable, Iterator

import numpy as np
import tensorflow.compat.v1 as tf

from . import plan as plan_lib
from . import schedule

# Factor of the L2 loss of the kernel, for standardized features.
_WEIGHT_DECAY = 1e-3
# A feature whose deviation is less than this part of the mean deviation hardly varies.
# Divided by its deviation, it would get a weight of any size.
_SMALLEST_DEVIATION = 0.1


@dataclasses.dataclass(frozen=True)
class Classifier:
    """A linear classifier.

    Attributes:
      kernel: float32 `[features, classes]`.
      bias: float32 `[classes]`.
    """

    kernel: np.ndarray
    bias: np.ndarray

    def is_finite(self) -> bool:
        """Returns whether all values are finite."""
        return bool(np.isfinite(self.kernel).all() and np.isfinite(self.bias).all())

    def classify(
        self, features: np.ndarray, labels: np.ndarray
    ) -> tuple[np.ndarray, float]:
        """Classifies feature vectors.

        Args:
          features: float32 `[photographs, features]`.
          labels: int `[photographs]`.

        Returns:
          The confusion matrix, int64 `[classes, classes]`, and the mean cross entropy.
        """
        with np.errstate(all="ignore"):  # Of a training that diverges.
            logits = features @ self.kernel + self.bias
            shifted = logits - logits.max(1, keepdims=True)
            right = shifted[np.arange(len(labels)), labels]
            losses = np.log(np.exp(shifted).sum(1)) - right
        matrix = np.zeros([len(self.bias)] * 2, np.int64)
        np.add.at(matrix, (labels, logits.argmax(1)), 1)
        return matrix, float(losses.mean())


# Gets the number of completed epochs, the mean loss of the last epoch, and the
# classifier.
AfterEpoch = Callable[[int, float, Classifier], None]


def fit(
    features: np.ndarray,
    labels: np.ndarray,
    plan: plan_lib.Plan,
    start: Classifier | None,
    after_epoch: AfterEpoch,
) -> None:
    """Trains a softmax regression on features.

    The kernel of a feature that hardly varies in these photographs stays as it is.

    Args:
      features: float32 `[photographs, features]`.
      labels: int `[photographs]`.
      plan: the training.
      start: the classifier to start from, None for zeros.
      after_epoch: is called after each epoch.
    """
    mean, deviation = features.mean(0), features.std(0)
    varies = deviation > _SMALLEST_DEVIATION * deviation.mean()
    scale = np.where(varies, deviation, np.float32(1))
    if start is None:
        shape = [features.shape[1], len(plan.class_names)]
        start = Classifier(np.zeros(shape, np.float32), np.zeros(shape[1:], np.float32))

    def report(epoch: int, loss: float, trained: Classifier) -> None:
        # The classifier of the module gets features that are not standardized.
        with np.errstate(all="ignore"):
            kernel = trained.kernel / scale[:, np.newaxis]
            after_epoch(epoch, loss, Classifier(kernel, trained.bias - mean @ kernel))

    _fit_standardized(
        np.where(varies, (features - mean) / scale, np.float32(0)),
        labels,
        plan,
        Classifier(
            start.kernel * scale[:, np.newaxis], start.bias + mean @ start.kernel
        ),
        report,
    )


def _fit_standardized(
    features: np.ndarray,
    labels: np.ndarray,
    plan: plan_lib.Plan,
    start: Classifier,
    after_epoch: AfterEpoch,
) -> None:
    with tf.Graph().as_default(), tf.Session() as session:
        inputs = tf.placeholder(tf.float32, [None, features.shape[1]])
        targets = tf.placeholder(tf.int64, [None])
        kernel = tf.get_variable("kernel", initializer=tf.constant(start.kernel))
        bias = tf.get_variable("bias", initializer=tf.constant(start.bias))
        loss = tf.losses.sparse_softmax_cross_entropy(
            targets, tf.matmul(inputs, kernel) + bias
        )
        # Only the kernels of features that vary, or Adam would move the others.
        trained_kernel = kernel * features.any(0)[:, np.newaxis].astype(np.float32)
        loss += _WEIGHT_DECAY * tf.nn.l2_loss(trained_kernel)
        train_op = _make_train_op(loss, plan)
        session.run(tf.global_variables_initializer())
        for epoch, batches in enumerate(_shuffle_batches(plan), 1):
            losses = [
                session.run(
                    (loss, train_op),
                    {inputs: features[indices], targets: labels[indices]},
                )[0]
                for indices in batches
            ]
            trained = Classifier(*session.run((kernel, bias)))
            after_epoch(epoch, float(np.mean(losses)), trained)


def _make_train_op(loss: tf.Tensor, plan: plan_lib.Plan) -> tf.Operation:
    step = tf.train.get_or_create_global_step()
    learning_rate = schedule.compute_learning_rate(
        step, plan.options.peak_learning_rate, plan.warm_up_steps, plan.steps
    )
    return tf.train.AdamOptimizer(learning_rate).minimize(loss, step)


def _shuffle_batches(plan: plan_lib.Plan) -> Iterator[list[np.ndarray]]:
    """Yields the indices of the photographs of each batch, for each epoch."""
    generator = np.random.RandomState(plan.options.seed)
    count = plan.steps_per_epoch * plan.options.batch
    for _ in range(plan.options.epochs):
        order = generator.permutation(len(plan.training_photographs.paths))
        yield np.split(order[:count], plan.steps_per_epoch)
