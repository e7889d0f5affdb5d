"""Trains only the classifier of a module, on features that are computed once."""

from __future__ import annotations

import os

import numpy as np
import tensorflow.compat.v1 as tf

from .. import atomic_files, dependencies, digests, errors, progress_bars
from ..efficientnet import network
from ..photographs import labeled as photographs_lib
from ..signatures import names as signatures_lib
from . import batches, divergence, evaluations, schedule, softmax_regression
from . import plan as plan_lib
from . import trained as trained_lib

_CHECKPOINT = os.path.join("head", "model.ckpt")


def train_classifier(
    module: str, plan: plan_lib.Plan, keeps_classifier: bool
) -> trained_lib.Trained:
    """Trains the classifier of a classification module.

    Args:
      module: the module's directory. Its classes are those of the photographs.
      plan: the training.
      keeps_classifier: whether the training starts from the module's classifier.

    Returns:
      The result of the training, of the best evaluation.

    Raises:
      errors.InputError: if the module's features are not finite, or the training
        diverges.
    """
    training, evaluation = plan.training_photographs, plan.evaluation_photographs
    features = _load_or_compute_features(module, training.join(evaluation), plan)
    if not np.isfinite(features).all():
        raise errors.InputError(
            "the module must have finite features of the photographs, found NaN or "
            "infinity: did its own training diverge?"
        )
    training_features, evaluation_features = np.split(features, [len(training.paths)])
    best = _BestClassifier(plan, evaluation_features)
    softmax_regression.fit(
        training_features,
        np.array(training.labels),
        plan,
        _read_classifier(module) if keeps_classifier else None,
        best.evaluate,
    )
    return best.to_result(module)


class _BestClassifier:
    """Evaluates the classifier after each epoch, and keeps the best."""

    def __init__(self, plan: plan_lib.Plan, features: np.ndarray) -> None:
        """Keeps what to evaluate with.

        Args:
          plan: the training.
          features: float32 `[photographs, features]` of those that are held out.
        """
        self._plan = plan
        self._features = features
        self._labels = np.array(plan.evaluation_photographs.labels)
        self._evaluations: list[evaluations.Evaluation] = []

    def evaluate(
        self, epoch: int, loss: float, classifier: softmax_regression.Classifier
    ) -> None:
        """Evaluates a classifier, see `softmax_regression.AfterEpoch`.

        Raises:
          errors.InputError: if the training diverges.
        """
        matrix, evaluation_loss = classifier.classify(self._features, self._labels)
        is_finite = np.isfinite([loss, evaluation_loss]).all()
        if not (is_finite and classifier.is_finite()):
            raise divergence.describe(self._plan)
        plan, step = self._plan, epoch * self._plan.steps_per_epoch
        found = evaluations.Evaluation(
            epoch=epoch,
            step=step,
            epochs=plan.options.epochs,
            accuracy=float(np.trace(matrix) / len(self._labels)),
            loss=evaluation_loss,
            training_loss=loss,
            learning_rate=schedule.evaluate_learning_rate(
                step - 1,
                plan.options.peak_learning_rate,
                plan.warm_up_steps,
                plan.steps,
            ),
        )
        self._evaluations.append(found)
        if evaluations.sort_best_first(self._evaluations)[0] == found:
            self._best, self._classifier, self._matrix = found, classifier, matrix
        progress_bars.print_line(str(found))

    def to_result(self, module: str) -> trained_lib.Trained:
        """Writes a checkpoint of the best classifier.

        Args:
          module: the directory of the module that has the other variables.
        """
        checkpoint = os.path.join(self._plan.training_dir, _CHECKPOINT)
        return trained_lib.Trained(
            checkpoint=_write_checkpoint(module, self._classifier, checkpoint),
            steps=self._best.step,
            accuracy=self._best.accuracy,
            confusion_matrix=self._matrix,
            class_names=self._plan.class_names,
            epoch=self._best.epoch,
            evaluations=self._evaluations,
            training_dir=self._plan.training_dir,
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
        with atomic_files.replace(path) as part, open(part, "wb") as file:
            np.save(file, features)
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
        with progress_bars.start_bar(count, "photograph") as bar:
            while bar.n < count:
                features.append(session.run(vectors))
                bar.update(len(features[-1]))
    return np.concatenate(features)


def _read_classifier(module: str) -> softmax_regression.Classifier:
    """Returns the classifier of a module."""
    reader = tf.train.load_checkpoint(os.path.join(module, "variables", "variables"))
    names = list(reader.get_variable_to_shape_map())
    kernel, bias = (
        reader.get_tensor(next(name for name in names if name.endswith(suffix)))
        for suffix in network.CLASSIFIER_VARIABLES
    )
    return softmax_regression.Classifier(kernel, bias)


def _write_checkpoint(
    module: str, classifier: softmax_regression.Classifier, prefix: str
) -> str:
    """Writes the module's variables with another classifier; returns the prefix."""
    hub = dependencies.tensorflow_hub_with_module()
    values = classifier.kernel, classifier.bias
    with tf.Graph().as_default(), tf.Session() as session:
        variables = hub.Module(module, name="module").variable_map
        session.run(tf.global_variables_initializer())
        for suffix, value in zip(network.CLASSIFIER_VARIABLES, values):
            (variable,) = (v for name, v in variables.items() if name.endswith(suffix))
            variable.load(value, session)
        os.makedirs(os.path.dirname(prefix), exist_ok=True)
        return tf.train.Saver().save(session, prefix, write_meta_graph=False)
