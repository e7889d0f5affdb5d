"""Compares the outputs of a signature of A with those of B."""

from __future__ import annotations

import math

import numpy as np

from ..execution import runner
from . import differences

_TEXTS = "OSU"  # The kinds of types of numpy that are no numbers.


def find_parts(a: runner.Outputs, b: runner.Outputs) -> dict[str, float]:
    """Returns the relative difference of each output of both, by name."""
    return {key: _find_part(a[key], b[key]) for key in sorted(set(a) & set(b))}


def _find_part(a: np.ndarray, b: np.ndarray) -> float:
    """Returns the relative difference of outputs, infinite for other shapes."""
    if a.dtype.kind in _TEXTS and a.dtype == b.dtype:
        return 0.0 if np.array_equal(a, b) else math.inf
    if find_reason(a, b) is not None:
        return math.inf
    found = differences.Differences()
    found.add(a, b)
    return found.relative


def find_reason(a: np.ndarray, b: np.ndarray) -> str | None:
    """Returns why the numbers of two outputs cannot be compared, or None."""
    if a.shape != b.shape:
        return f"{list(a.shape)} in A, {list(b.shape)} in B"
    if a.dtype != b.dtype:
        return f"{a.dtype} in A, {b.dtype} in B"
    if a.dtype.kind in _TEXTS:
        return "no numbers"
    return None
