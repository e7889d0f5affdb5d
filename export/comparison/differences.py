"""Measures how much numbers differ, in bounded memory."""

from __future__ import annotations

import math

import numpy as np

# How many numbers are compared at once.
_BLOCK = 2**20
# The upper 16 bits of a positive float32 say it to 1 part in 128, and sort as it does.
_SHIFT = 16
_BINS = 2 ** (31 - _SHIFT)


def subtract(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Returns the differences of numbers.

    Args:
      a: numbers of any dtype.
      b: numbers of the same shape.

    Returns:
      float64: 0 where both are the same or NaN, infinity where only one is NaN. Of
      complex numbers, the differences of the real and imaginary parts, in a last axis.
    """
    a, b = _split(a), _split(b)
    with np.errstate(invalid="ignore"):
        found = np.asarray(a - b)
    # Infinity minus infinity is NaN, as all with NaN.
    found[(a == b) | (np.isnan(a) & np.isnan(b))] = 0.0
    found[np.isnan(found)] = np.inf
    return found


def _split(values: np.ndarray) -> np.ndarray:
    """Returns numbers as float64, complex ones as two in a last axis."""
    if np.iscomplexobj(values):
        values = np.stack([values.real, values.imag], -1)
    return values.astype(np.float64, copy=False)


class Differences:
    """The absolute differences of pairs of numbers that are added.

    Attributes:
      count: the number of pairs.
      greatest: the greatest difference, infinity if a number is finite only in one of
        a pair, or two that are not finite differ.
      scale: the greatest magnitude of a finite number of A.
      not_finite: how many numbers of A are not finite.
    """

    def __init__(self) -> None:
        self.count = 0
        self.greatest = 0.0
        self.scale = 0.0
        self.not_finite = 0
        self._histogram = np.zeros(_BINS, np.int64)

    def add(self, a: np.ndarray, b: np.ndarray) -> None:
        """Adds two arrays of numbers of the same shape."""
        a, b = np.ravel(a), np.ravel(b)
        for start in range(0, len(a), _BLOCK):
            self._add_block(a[start : start + _BLOCK], b[start : start + _BLOCK])

    def _add_block(self, a: np.ndarray, b: np.ndarray) -> None:
        a, b = np.ravel(_split(a)), np.ravel(_split(b))
        finite = np.isfinite(a)
        found = np.abs(subtract(a, b))
        self.count += len(found)
        self.greatest = max(self.greatest, float(found.max()))
        if finite.any():
            self.scale = max(self.scale, float(np.abs(a[finite]).max()))
        self.not_finite += int(len(a) - finite.sum())
        with np.errstate(over="ignore"):
            bits = found.astype(np.float32).view(np.uint32) >> _SHIFT
        self._histogram += np.bincount(bits, minlength=_BINS)

    @property
    def relative(self) -> float:
        """The greatest difference, as a part of the greatest magnitude of A."""
        if not self.greatest:
            return 0.0
        return self.greatest / self.scale if self.scale else math.inf

    @property
    def median(self) -> float:
        """The median difference, to 1 part in 128 and rounded down."""
        if not self.count:
            return 0.0
        position = np.searchsorted(np.cumsum(self._histogram), (self.count + 1) // 2)
        bits = np.array([position << _SHIFT], np.uint32)
        return float(bits.view(np.float32)[0])

    def are_within(self, tolerance: float) -> bool:
        """Returns whether no difference is above a part of the magnitude of A."""
        return self.relative <= tolerance

    def measures(self) -> dict[str, float | None]:
        """Returns the measures of a finding."""
        found = {
            "greatest": self.greatest,
            "median": self.median,
            "relative": self.relative,
        }
        return {
            name: value if math.isfinite(value) else None
            for name, value in found.items()
        }

    def describe(self) -> str:
        """Returns the differences as a phrase."""
        if not self.greatest:
            return "equal"
        if math.isinf(self.greatest):
            return "a number that is NaN or infinite, and is not the same in both"
        part = (
            f"{self.relative:.2g} times the greatest value of A"
            if self.scale
            else "all values of A are 0"
        )
        return (
            f"greatest difference {self.greatest:.2g} ({part}), median "
            f"{self.median:.2g}"
        )
