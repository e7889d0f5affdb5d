"""Measures how often two classifiers agree on the most probable classes."""

from __future__ import annotations

import numpy as np

_TOP = 5


class Agreement:
    """The agreement on the photographs that are added.

    Attributes:
      count: the number of photographs.
    """

    def __init__(self) -> None:
        self.count = 0
        self._same_first = 0
        self._shared = 0
        self._possible = 0

    def add(self, a: np.ndarray, b: np.ndarray) -> None:
        """Adds the logits of two modules, `[photographs, classes]` each."""
        top = min(_TOP, a.shape[1])
        # Stable, so that equal logits are in the same order.
        first = np.argsort(-a, axis=1, kind="stable")[:, :top]
        other = np.argsort(-b, axis=1, kind="stable")[:, :top]
        self.count += len(a)
        if not top:
            return
        self._same_first += int((first[:, 0] == other[:, 0]).sum())
        self._shared += int((first[:, :, None] == other[:, None, :]).sum())
        self._possible += first.size

    def measures(self) -> dict[str, float | None]:
        """Returns the measures of a finding, parts in [0, 1].

        'top_1' is the part of the photographs with the same most probable class,
        'top_5' the part of the five most probable classes of A that are among those
        of B.
        """
        if not self._possible:
            return {"top_1": None, "top_5": None}
        return {
            "top_1": self._same_first / self.count,
            "top_5": self._shared / self._possible,
        }

    def describe(self) -> str:
        """Returns the agreement as a phrase."""
        if not self._possible:
            return "no class"
        return (
            f"top-1 agrees on {self._same_first} of {self.count} photographs, top-5 on "
            f"{self._shared} of {self._possible} classes"
        )
