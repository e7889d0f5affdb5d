"""Arrays in memory that TensorFlow uses without a copy."""

from __future__ import annotations

from typing import Any, Sequence

import numpy as np

# TensorFlow computes only with memory that starts at a multiple of this many bytes.
_ALIGNMENT = 64


def empty(shape: Sequence[int], dtype: Any) -> np.ndarray:
    """Returns a new array of any values that starts at a multiple of 64 bytes."""
    count = int(np.prod(shape, dtype=np.int64))
    num_bytes = count * np.dtype(dtype).itemsize
    memory = np.empty(num_bytes + _ALIGNMENT, np.uint8)
    start = -memory.ctypes.data % _ALIGNMENT
    return memory[start : start + num_bytes].view(dtype).reshape(shape)


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
    aligned = empty(value.shape, np.float32)
    with np.errstate(over="ignore"):
        aligned[...] = value
    return aligned


def align(value: np.ndarray) -> np.ndarray:
    """Returns an array itself if it is as `copy` returns it, or else a copy."""
    is_ready = (
        value.dtype == np.float32
        and value.dtype.isnative
        and value.flags.c_contiguous
        and value.ctypes.data % _ALIGNMENT == 0
    )
    return value if is_ready else copy(value)


def is_aligned(value: np.ndarray) -> bool:
    """Returns whether TensorFlow can use the memory of an array."""
    return value.ctypes.data % _ALIGNMENT == 0 and value.flags.carray
