"""Decides when a training stops, because its accuracy no longer increases."""

from __future__ import annotations

import collections
import dataclasses
import math
from typing import Sequence

from . import evaluations as evaluations_lib

# Of the accuracy of guessing.
_STANDARD_ERRORS = 2
# A loss that changes less, relatively, is that of a network that does not learn.
_SMALLEST_CHANGE = 0.01


@dataclasses.dataclass(frozen=True)
class Guessing:
    """What a network reaches that knows only how frequent the classes are.

    Attributes:
      accuracy: an accuracy that guessing hardly exceeds by chance, in [0, 1].
      loss: the cross entropy.
    """

    accuracy: float
    loss: float

    def is_beaten(self, evaluation: evaluations_lib.Evaluation) -> bool:
        """Returns whether an evaluation shows that the network learned something."""
        return evaluation.accuracy > self.accuracy or evaluation.loss < self.loss


def evaluate_guessing(labels: Sequence[int]) -> Guessing:
    """Returns what guessing reaches.

    Args:
      labels: the class of each photograph to evaluate with.
    """
    shares = [count / len(labels) for count in collections.Counter(labels).values()]
    largest = max(shares)
    deviation = math.sqrt(largest * (1 - largest) / len(labels))
    return Guessing(
        accuracy=largest + _STANDARD_ERRORS * deviation,
        loss=-sum(share * math.log(share) for share in shares),
    )


@dataclasses.dataclass(frozen=True)
class Patience:
    """When a training stops early.

    The epochs in which the network is no better than guessing do not count: the
    averages of its weights and of batch normalization are still behind. It also stops
    if nothing changes.

    Attributes:
      epochs: the number of epochs without a higher accuracy after which it stops.
      of: number of all epochs of the training.
      first_step: the number of steps before which no evaluation counts.
      guessing: what guessing reaches.
    """

    epochs: int
    of: int
    first_step: int
    guessing: Guessing

    def explain_stop(
        self, evaluations: Sequence[evaluations_lib.Evaluation]
    ) -> str | None:
        """Returns why a training stops after these evaluations, None if it continues.

        Evaluations of a run with another number of epochs do not count: a user who
        raises it wants the training to continue.

        Args:
          evaluations: the evaluations so far, in order.
        """
        if not evaluations or evaluations[-1].epoch >= self.of:
            return None
        settled = [
            each
            for each in evaluations
            if each.step >= self.first_step and each.epochs == self.of
        ]
        return self._explain_no_increase(settled) or self._explain_no_change(settled)

    def _explain_no_increase(
        self, settled: Sequence[evaluations_lib.Evaluation]
    ) -> str | None:
        learned = map(self.guessing.is_beaten, settled)
        first = next((index for index, beats in enumerate(learned) if beats), None)
        if first is None:
            return None
        highest = max(settled[first:], key=lambda each: (each.accuracy, -each.step))
        last = settled[-1]
        if last.epoch - highest.epoch < self.epochs:
            return None
        return self._describe(
            last,
            f"the accuracy was not above {highest.accuracy:.4f}, that of epoch "
            f"{highest.epoch},",
        )

    def _explain_no_change(
        self, settled: Sequence[evaluations_lib.Evaluation]
    ) -> str | None:
        recent = settled[-self.epochs - 1 :]
        losses = [each.loss for each in recent]
        if len(recent) <= self.epochs or len({each.accuracy for each in recent}) > 1:
            return None
        if max(losses) - min(losses) > _SMALLEST_CHANGE * max(losses):
            return None
        return self._describe(
            recent[-1], "neither the accuracy nor the loss has changed"
        )

    def _describe(self, last: evaluations_lib.Evaluation, why: str) -> str:
        epochs = "epoch" if self.epochs == 1 else "epochs"
        return (
            f"stopped early after the evaluation of epoch {last.epoch} of "
            f"{last.epochs}: {why} for {self.epochs} {epochs} "
            f"(--patience={self.epochs})"
        )
