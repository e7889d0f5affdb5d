"""Arrays in memory that TensorFlow uses without a copy."""

from __future__ import annotations

import numpy as np

# TensorFlow computes only with memory that starts at a multiple of this many bytes.
_ALIGNMENT = 64


def copy(value: np.ndarray) -> np.ndarray:
    """Copies an array to memory that TensorFlow can use without another copy.

    Weights are most of the memory of an export: it holds them once, and frees them.
    TensorFlow 2 does not free the memory of its own reader of checkpoints.

    Args:
      value: an array of numbers.

    Returns:
      A float32 array of the same shape and values, contiguous, that starts at a
      multiple of 64 bytes. A value that float32 cannot hold is infinite.
    """
    value = np.asarray(value)
    num_bytes = value.size * np.dtype(np.float32).itemsize
    memory = np.empty(num_bytes + _ALIGNMENT, np.uint8)
    start = -memory.ctypes.data % _ALIGNMENT
    aligned = memory[start : start + num_bytes].view(np.float32).reshape(value.shape)
    with np.errstate(over="ignore"):
        aligned[...] = value
    return aligned


def is_aligned(value: np.ndarray) -> bool:
    """Returns whether TensorFlow can use the memory of an array."""
    return value.ctypes.data % _ALIGNMENT == 0 and value.flags.carray
