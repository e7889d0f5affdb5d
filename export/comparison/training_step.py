"""Computes one step of training with a module."""

from __future__ import annotations

import dataclasses
from typing import Any, Mapping, Sequence

import numpy as np
import tensorflow.compat.v1 as tf

from ...signatures import names as signatures_lib
from ...signatures import tag_sets
from ..execution import load_errors
from ..execution import runner as runner_lib
from . import opened_module, random_ops

# The momentum of the signatures that take one.
_MOMENTUM = np.float32(0.5)

Values = Mapping[str, np.ndarray]


@dataclasses.dataclass(frozen=True)
class Trained:
    """What a step computes of one signature.

    Attributes:
      loss: the mean square of the output minus one, without regularization.
      output: the output 'default'.
      gradients: those of the loss, and of the regularization with the first signature,
        by the names of the trainable variables. A variable without gradient is missing.
      is_repeatable: whether a second step has the same loss.
    """

    loss: float
    output: np.ndarray
    gradients: Values
    is_repeatable: bool


@dataclasses.dataclass(frozen=True)
class Step:
    """What a step of training computes. Names of variables are those in the module.

    Attributes:
      trained: what it computes of each signature that is trained.
      regularization: the sum of the regularization losses.
      num_losses: how many regularization losses there are.
      trainable: the names of the variables that `hub.Module` makes trainable.
      random_shapes: the shape of each random tensor that an output needs, sorted.
      updates: how many update ops come with each signature.
      before: the variables that are not trainable, before the step.
      after: these variables after the update ops of each signature.
    """

    trained: Mapping[str, Trained]
    regularization: float
    num_losses: int
    trainable: Sequence[str]
    random_shapes: Sequence[tuple[int, ...]]
    updates: Mapping[str, int]
    before: Values
    after: Mapping[str, Values]


def compute(
    module: opened_module.OpenedModule,
    images: np.ndarray,
    trained: Sequence[str],
    signatures: Sequence[str],
) -> Step:
    """Computes one step of training with each of some signatures.

    Random numbers of the graph are replaced, see `random_ops`.

    Args:
      module: a module in the TF1 Hub format with the tag set {"train"}.
      images: float32 `[batch, height, width, 3]` in [0, 1].
      trained: the signatures to train, which take images alone.
      signatures: the signatures whose update ops run.

    Raises:
      errors.InputError: if the module does not load or run.
      errors.DependencyError: if tensorflow_hub has no `hub.Module`.
    """
    with load_errors.refuse(module.path):
        stepper = _Stepper(module, images)
        try:
            return stepper.compute(trained, signatures)
        finally:
            stepper.close()


class _Stepper:
    """A module imported for training, with a batch of images."""

    def __init__(self, module: opened_module.OpenedModule, images: np.ndarray) -> None:
        self._images = images
        self._runner = runner_lib.HubModuleRunner(
            module.directory, tag_sets.TRAIN, trainable=True
        )
        graph = self._runner.graph
        self._losses = graph.get_collection(tf.GraphKeys.REGULARIZATION_LOSSES)
        trainable = graph.get_collection(tf.GraphKeys.TRAINABLE_VARIABLES)
        are_trainable = {variable.op.name for variable in trainable}
        # A partitioned variable is a list of variables.
        variables = {
            f"{name}/part_{index}" if len(parts) > 1 else name: part
            for name, found in self._runner.variables.items()
            for parts in [found if isinstance(found, list) else [found]]
            for index, part in enumerate(parts)
        }
        self._trainable: dict[str, Any] = {}
        self._others: dict[str, Any] = {}
        for name, variable in variables.items():
            is_trainable = variable.op.name in are_trainable
            (self._trainable if is_trainable else self._others)[name] = variable

    def close(self) -> None:
        """Frees the memory of the variables."""
        self._runner.close()

    def compute(self, trained: Sequence[str], signatures: Sequence[str]) -> Step:
        """See the function `compute`."""
        outputs = {
            name: self._runner.outputs(name)[signatures_lib.DEFAULT] for name in trained
        }
        regularization = self._add_regularization()
        updates = {name: self._runner.apply(name).updates for name in signatures}
        replaced = self._replace_random(
            [*outputs.values(), *(op for ops in updates.values() for op in ops)]
        )
        before = self._evaluate(self._others)
        steps: dict[str, Trained] = {}
        for name, output in outputs.items():
            # Where a loss has no gradient, that of the regularization is all there is.
            added = None if steps else regularization
            steps[name] = self._train(output, added, replaced)
        after = {}
        for name, ops in updates.items():
            self._evaluate(ops, replaced)
            after[name] = self._evaluate(self._others)
            self._runner.initialize()
        return Step(
            trained=steps,
            regularization=float(self._evaluate(regularization, replaced)),
            num_losses=len(self._losses),
            trainable=sorted(self._trainable),
            random_shapes=sorted(
                replaced[tensor].shape
                for tensor in random_ops.find(list(outputs.values()))
            ),
            updates={name: len(ops) for name, ops in updates.items()},
            before=before,
            after=after,
        )

    def _train(
        self,
        output: tf.Tensor,
        regularization: tf.Tensor | None,
        replaced: Mapping[Any, np.ndarray],
    ) -> Trained:
        loss, gradients = self._build_loss(output, regularization)
        values = self._evaluate((loss, output, gradients), replaced)
        repeated = self._evaluate(loss, replaced)
        return Trained(
            loss=float(values[0]),
            output=values[1],
            gradients=values[2],
            is_repeatable=bool(np.isclose(values[0], repeated, 1e-5, equal_nan=True)),
        )

    def _add_regularization(self) -> tf.Tensor:
        with self._runner.graph.as_default():
            return tf.add_n(self._losses) if self._losses else tf.constant(0.0)

    def _build_loss(
        self, output: tf.Tensor, regularization: tf.Tensor | None
    ) -> tuple[tf.Tensor, dict[str, tf.Tensor]]:
        """Returns the loss, and its gradients, with those of the regularization."""
        with self._runner.graph.as_default():
            loss = tf.reduce_mean(tf.square(output - 1.0))
            variables = list(self._trainable.values())
            total = loss if regularization is None else loss + regularization
            found = tf.gradients(total, variables)
            gradients = {
                name: tf.convert_to_tensor(each)  # It may be sparse.
                for name, each in zip(self._trainable, found)
                if each is not None
            }
        return loss, gradients

    def _replace_random(self, fetches: Sequence[Any]) -> dict[Any, np.ndarray]:
        tensors = random_ops.find(fetches)
        drawn = self._evaluate(tensors)
        return random_ops.replace(dict(zip(tensors, drawn)))

    def _evaluate(
        self, fetches: Any, replaced: Mapping[Any, np.ndarray] | None = None
    ) -> Any:
        inputs: dict[str, Any] = {signatures_lib.IMAGES: self._images}
        if signatures_lib.BATCH_NORM_MOMENTUM in self._runner.inputs:
            inputs[signatures_lib.BATCH_NORM_MOMENTUM] = _MOMENTUM
        return self._runner.evaluate(fetches, inputs, replaced)
