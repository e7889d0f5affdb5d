"""Intervals of confidence of fractions that were counted."""

from __future__ import annotations

import math
from typing import NamedTuple

CONFIDENCE = 0.95
# The quantile of the normal distribution at 0.975: both tails together have 5 %.
_QUANTILE = 1.959963984540054


class Estimate(NamedTuple):
    """A fraction of counted images, with its interval of confidence.

    Attributes:
      value: the fraction, in [0, 1].
      low: the lower end of the interval.
      high: the upper end.
    """

    value: float
    low: float
    high: float


def estimate(count: int, total: int) -> Estimate | None:
    """Returns a fraction with its Wilson score interval of 95 %.

    Unlike the interval of a normal distribution, it stays within [0, 1] and is right
    for few images, and for fractions near 0 and 1 (Wilson 1927).

    Args:
      count: how many have the property, at most `total`.
      total: how many there are.

    Returns:
      The fraction, or None if there are none.
    """
    if total == 0:
        return None
    fraction = count / total
    square = _QUANTILE**2
    center = (fraction + square / (2 * total)) / (1 + square / total)
    spread = math.sqrt(fraction * (1 - fraction) / total + square / (4 * total**2)) * (
        _QUANTILE / (1 + square / total)
    )
    # Rounding must not exclude the fraction itself, as at 0 and 1.
    low, high = max(0.0, center - spread), min(1.0, center + spread)
    return Estimate(fraction, min(low, fraction), max(high, fraction))
