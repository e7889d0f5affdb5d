"""The result of a training."""

from __future__ import annotations

import dataclasses
from typing import Mapping, Sequence

import numpy as np

from . import evaluations as evaluations_lib


@dataclasses.dataclass(frozen=True)
class UsedPhotographs:
    """What a training used, for a reader.

    Attributes:
      training: the number of photographs to train with, by class.
      evaluation: the number of those to evaluate with, by class.
      notes: a sentence about each thing that is unusual, or left out.
    """

    training: Mapping[str, int]
    evaluation: Mapping[str, int]
    notes: Sequence[str]


@dataclasses.dataclass(frozen=True)
class Trained:
    """A trained network and its evaluation.

    Attributes:
      checkpoint: prefix of the checkpoint with the best evaluation.
      steps: number of training steps up to that checkpoint.
      accuracy: fraction of the held-out photographs that it classifies correctly.
      confusion_matrix: int64 `[classes, classes]`. A row is the class of the
        photographs, a column the predicted class.
      class_names: the name of each class.
      epoch: number of epochs up to that checkpoint.
      evaluations: all evaluations, in order.
      stopped_early: why the training stopped before its last epoch, None if it did not.
      training_dir: the folder of the training.
      photographs: what it used, or None if it is not known.
    """

    checkpoint: str
    steps: int
    accuracy: float
    confusion_matrix: np.ndarray
    class_names: Sequence[str]
    epoch: int = 0
    evaluations: Sequence[evaluations_lib.Evaluation] = ()
    stopped_early: str | None = None
    training_dir: str = ""
    photographs: UsedPhotographs | None = None
