"""Reads HDF5 files for tests, and checks that a refusal is one sentence."""

from __future__ import annotations

import h5py
import numpy as np
import pytest

from efficientnet_hub import errors
from efficientnet_hub.export.weights.containers import hdf5_file

BYTES = 2**22
ONES = np.ones((2, 3), np.float32)


def read(path, max_bytes: int = BYTES):
    """Returns the contents of a file."""
    return hdf5_file.read(str(path), max_bytes)


def refusal(path, max_bytes: int = BYTES) -> str:
    """Returns why a file, or one that is open for writing, is refused."""
    if isinstance(path, h5py.File):
        name = path.filename
        path.close()
        path = name
    with pytest.raises(errors.InputError) as caught:
        read(path, max_bytes)
    message = str(caught.value)
    assert "\n" not in message and len(message) < 700
    assert message.startswith(f"HDF5 file '{path}' must hold ")
    return message
