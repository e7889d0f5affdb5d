"""Widens the floating-point type that numpy does not have."""

from __future__ import annotations

import numpy as np


def widen(bits: np.ndarray) -> np.ndarray:
    """Returns the same values as float32, without loss.

    Args:
      bits: uint16 array of any shape; a bfloat16 is the upper half of the float32 of
        the same value.
    """
    return (bits.astype("<u4") << np.uint32(16)).view("<f4")
