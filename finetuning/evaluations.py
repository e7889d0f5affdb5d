"""The evaluations of a training, and which one is the best."""

from __future__ import annotations

import dataclasses
import os
from typing import Any, Sequence

from .. import atomic_files, json_files

_FILE = "evaluations.json"
_NAME = "evaluations"
_WHAT = "the record of the evaluations of a training"


@dataclasses.dataclass(frozen=True)
class Evaluation:
    """The evaluation of a network on the photographs that are held out.

    Attributes:
      epoch: number of completed epochs.
      step: number of completed steps.
      epochs: number of all epochs of the training, when it was evaluated.
      accuracy: fraction of the photographs that it classifies correctly.
      loss: mean cross entropy of the photographs.
      training_loss: mean loss of the steps since the last evaluation, with label
        smoothing and regularization; None if no step was seen.
      learning_rate: that of the last step.
    """

    epoch: int
    step: int
    epochs: int
    accuracy: float
    loss: float
    training_loss: float | None
    learning_rate: float

    def __str__(self) -> str:
        text = f"epoch {self.epoch}: accuracy {self.accuracy:.4f}, loss {self.loss:.4f}"
        if self.training_loss is not None:
            text += f", training loss {self.training_loss:.4f}"
        return f"{text}, learning rate {self.learning_rate:.3g}"


def sort_best_first(evaluations: Sequence[Evaluation]) -> list[Evaluation]:
    """Returns the evaluations, the best one first.

    It has the highest accuracy, of equals the lowest loss, and of equals again it is
    the last one.
    """
    return sorted(
        evaluations,
        key=lambda each: (each.accuracy, -each.loss, each.step),
        reverse=True,
    )


class History:
    """The evaluations of a training, which are recorded in its folder."""

    def __init__(self, training_dir: str) -> None:
        """Reads the evaluations of earlier runs.

        Args:
          training_dir: the folder of the training.

        Raises:
          errors.InputError: if the record is damaged.
        """
        self._path = os.path.join(training_dir, _FILE)
        self._evaluations = read(training_dir)

    @property
    def evaluations(self) -> Sequence[Evaluation]:
        """The evaluations, in order."""
        return list(self._evaluations)

    def add(self, evaluation: Evaluation) -> None:
        """Adds an evaluation, and records it atomically.

        It replaces those of the same step and of later ones.
        """
        earlier = [each for each in self._evaluations if each.step < evaluation.step]
        self._record([*earlier, evaluation])

    def forget_after(self, step: int) -> None:
        """Forgets the evaluations of checkpoints that are lost, those after a step."""
        found = [each for each in self._evaluations if each.step <= step]
        if found != self._evaluations:
            self._record(found)

    def _record(self, evaluations: list[Evaluation]) -> None:
        document = {_NAME: [dataclasses.asdict(each) for each in evaluations]}
        with atomic_files.replace(self._path) as part:
            json_files.write(part, document)
        self._evaluations = evaluations


def read(training_dir: str) -> list[Evaluation]:
    """Reads the record of the evaluations, empty if there is none.

    Args:
      training_dir: the folder of the training.

    Raises:
      errors.InputError: if it is damaged.
    """
    path = os.path.join(training_dir, _FILE)
    if not os.path.lexists(path):
        return []
    document = json_files.read(path, _WHAT)
    try:
        return [_load(each) for each in document[_NAME]]
    except (KeyError, TypeError, ValueError) as error:
        raise json_files.describe_damage(path, _WHAT, "no evaluations") from error


def _load(values: Any) -> Evaluation:
    loaded = Evaluation(**values)
    for field in dataclasses.fields(Evaluation):
        value = getattr(loaded, field.name)
        is_missing = value is None and field.name == "training_loss"
        if not is_missing and type(value) not in (int, float):
            raise TypeError(f"{field.name} is no number")
    return loaded
