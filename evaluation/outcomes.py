"""What became of each image: the facts from which all metrics are computed."""

from __future__ import annotations

import dataclasses
from typing import Any, Mapping, Sequence

import numpy as np

# Of the labels, to find class indices that are off by one.
SHIFTS = (-1, 1)


@dataclasses.dataclass(frozen=True)
class Outcomes:
    """Results of images, in their order.

    Attributes:
      labels: int64 `[images]`, the class of each image.
      predictions: int64 `[images]`, the class with the largest logit.
      ranks: int64 `[images]`, the number of classes before the right one, when they are
        sorted by their logits: 0 if the prediction is right.
      losses: float64 `[images]`, the cross entropy in nats.
    """

    labels: np.ndarray
    predictions: np.ndarray
    ranks: np.ndarray
    losses: np.ndarray

    def __len__(self) -> int:
        return len(self.labels)

    def to_json(self) -> dict[str, list[Any]]:
        """Returns the arrays as lists, by their names."""
        return {name: values.tolist() for name, values in vars(self).items()}

    def count_shifted(self, shift: int) -> int:
        """Returns how many predictions are right if each label is moved by a number."""
        return int(np.sum(self.predictions == self.labels + shift))


def judge(logits: np.ndarray, labels: Sequence[int]) -> Outcomes:
    """Returns the results of a batch.

    Args:
      logits: float `[images, classes]`, finite.
      labels: the class of each image, in [0, classes).
    """
    wide = np.asarray(logits, np.float64)
    rows, right = np.arange(len(wide)), np.asarray(labels, np.int64)
    own = wide[rows, right][:, None]
    # Of equal logits, the class with the lower index is first, as in an argmax.
    is_before = (wide > own) | (
        (wide == own) & (np.arange(wide.shape[1])[None] < right[:, None])
    )
    largest = wide.max(1, keepdims=True)
    losses = np.log(np.exp(wide - largest).sum(1)) + (largest - own)[:, 0]
    return Outcomes(right, wide.argmax(1).astype(np.int64), is_before.sum(1), losses)


def join(parts: Sequence[Outcomes]) -> Outcomes:
    """Returns the results of several batches together, in their order."""
    return Outcomes(
        *(
            np.concatenate([getattr(part, field.name) for part in (_NONE, *parts)])
            for field in dataclasses.fields(Outcomes)
        )
    )


def from_json(document: Mapping[str, Any]) -> Outcomes:
    """Returns what `Outcomes.to_json` returned as lists.

    Raises:
      ValueError: if it is something else.
    """
    types: dict[str, Any] = {name: np.int64 for name in vars(_NONE)}
    types["losses"] = np.float64
    if not isinstance(document, dict) or set(document) != set(types):
        raise ValueError("other names than those of results")
    try:
        arrays = {name: np.array(document[name], types[name]) for name in types}
    except (TypeError, OverflowError) as error:
        raise ValueError("values that are no numbers") from error
    shapes = {array.shape for array in arrays.values()}
    if len(shapes) != 1 or len(next(iter(shapes))) != 1:
        raise ValueError("lists of different lengths")
    return Outcomes(**arrays)


_NO_INDICES = np.zeros([0], np.int64)
_NONE = Outcomes(_NO_INDICES, _NO_INDICES, _NO_INDICES, np.zeros([0]))
