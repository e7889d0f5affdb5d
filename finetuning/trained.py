"""The result of a training."""

from __future__ import annotations

import dataclasses
from typing import Sequence

import numpy as np


@dataclasses.dataclass(frozen=True)
class Trained:
    """A trained network and its evaluation.

    Attributes:
      checkpoint: prefix of the last checkpoint.
      steps: number of training steps up to that checkpoint.
      accuracy: fraction of the held-out photographs that it classifies correctly.
      confusion_matrix: int64 `[classes, classes]`. A row is the class of the
        photographs, a column the predicted class.
      class_names: the name of each class.
    """

    checkpoint: str
    steps: int
    accuracy: float
    confusion_matrix: np.ndarray
    class_names: Sequence[str]
