"""Trains a module for a few steps, for the checks of training."""

from __future__ import annotations

import dataclasses
from typing import Any, Mapping, Sequence

import numpy as np
import tensorflow.compat.v1 as tf

from ...signatures import names as signatures_lib
from ...signatures import tag_sets
from ..execution import runner as runner_lib

_LEARNING_RATE = 1e-3
# A step may skip a block for every image of the batch. That all steps skip the same
# block happens less than once in a million verifications.
_STEPS = 4

Values = Mapping[str, np.ndarray]


@dataclasses.dataclass(frozen=True)
class Training:
    """A short training.

    Attributes:
      gradients: whether each gradient of the first step is finite, by the variable's
        name in the module. A variable without gradient is missing.
      averages: the moving averages after the first step.
      variables: all variables after the last step.
    """

    gradients: dict[str, bool]
    averages: Values
    variables: Values


class Trainer:
    """A module imported for fine-tuning.

    Each method starts from the module's own values. Names are those in the module.

    Attributes:
      images: the images that the module is trained on.
      trainable: names of the variables that `hub.Module` makes trainable.
      initial: the variables at the module's own values.
      losses: the regularization losses at the module's own values.
    """

    def __init__(self, directory: str, images: np.ndarray, signatures: Sequence[str]):
        """Loads the module.

        Args:
          directory: the module's directory.
          images: the images to train on.
          signatures: names of the signatures that take images alone.
        """
        self._runner = runner_lib.HubModuleRunner(
            directory, tag_sets.TRAIN, trainable=True, config=_configure()
        )
        self._signatures = signatures
        self._is_initial = True
        self._training: Training | None = None
        self._updated: dict[tuple[str, float | None], Values] = {}
        graph = self._runner.graph
        names = {v.op.name: name for name, v in self._runner.variables.items()}
        self._trainable = graph.get_collection(tf.GraphKeys.TRAINABLE_VARIABLES)
        self._averages = {
            name: variable
            for name, variable in self._runner.variables.items()
            if "/moving_" in name
        }
        self.images = images
        self.trainable = [names[variable.op.name] for variable in self._trainable]
        self.initial, self.losses = self._runner.evaluate(
            (
                self._runner.variables,
                graph.get_collection(tf.GraphKeys.REGULARIZATION_LOSSES),
            ),
            {},
        )

    def run(self, images: np.ndarray | None = None) -> dict[str, Values]:
        """Runs the signatures that take images alone.

        Args:
          images: by default those that the module is trained on.

        Returns:
          The outputs of each signature, by the signature's name and the output's.
        """
        self._restore()
        fetches = {name: self._runner.outputs(name) for name in self._signatures}
        return self._run(fetches, images=images)

    def count_updates(self, signature: str) -> int:
        """Returns how many update ops come with an application of a signature."""
        return len(self._runner.apply(signature).updates)

    def update_averages(self, signature: str, momentum: float) -> Values:
        """Runs the update ops once.

        Args:
          signature: the name of a signature that takes a momentum.
          momentum: the momentum.

        Returns:
          The moving averages by name.
        """
        application = self._runner.apply(signature)
        key = (application.scope, momentum)
        if key not in self._updated:
            self._restore()
            self._is_initial = False
            self._run(application.updates, momentum)
            self._updated[key] = self._runner.evaluate(self._averages, {})
        return self._updated[key]

    def train(self) -> Training:
        """Trains for a few steps, each with the update ops of 'default'."""
        if self._training is None:
            fetches = self._build_step()
            self._restore()
            self._is_initial = False
            gradients, _ = self._run(fetches)
            averages = self._runner.evaluate(self._averages, {})
            for _ in range(_STEPS - 1):
                self._run(fetches)
            self._training = Training(
                {name: bool(np.isfinite(g).all()) for name, g in gradients.items()},
                averages,
                self._runner.evaluate(self._runner.variables, {}),
            )
        return self._training

    def _build_step(self) -> tuple[dict[str, tf.Tensor], tf.Operation]:
        """Returns the gradients that there are by variable, and a training step."""
        updates = self._runner.apply(signatures_lib.DEFAULT).updates
        outputs = self._runner.outputs(signatures_lib.DEFAULT)
        with self._runner.graph.as_default():
            loss = tf.reduce_mean(tf.square(outputs[signatures_lib.DEFAULT] - 1.0))
            loss += tf.losses.get_regularization_loss()
            gradients = tf.gradients(loss, self._trainable)
            pairs = list(zip(gradients, self._trainable))
            optimizer = tf.train.GradientDescentOptimizer(_LEARNING_RATE)
            with tf.control_dependencies(updates):
                step = optimizer.apply_gradients([p for p in pairs if p[0] is not None])
        found = zip(self.trainable, gradients)
        return {name: each for name, each in found if each is not None}, step

    def _run(
        self,
        fetches: Any,
        momentum: float | None = None,
        images: np.ndarray | None = None,
    ) -> Any:
        batch = self.images if images is None else images
        inputs: dict[str, Any] = {signatures_lib.IMAGES: batch}
        if momentum is not None:
            inputs[signatures_lib.BATCH_NORM_MOMENTUM] = np.float32(momentum)
        return self._runner.evaluate(fetches, inputs)

    def _restore(self) -> None:
        if not self._is_initial:
            self._runner.initialize()
            self._is_initial = True


def _configure() -> tf.ConfigProto:
    """Returns a configuration that does not optimize graphs.

    The optimization takes longer than the few steps, and only changes the rounding.
    """
    config = tf.ConfigProto()
    config.graph_options.rewrite_options.disable_meta_optimizer = True
    config.graph_options.optimizer_options.opt_level = tf.OptimizerOptions.L0
    return config
