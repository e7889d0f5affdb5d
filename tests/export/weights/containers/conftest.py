"""Fixtures of the tests of HDF5 files."""

from __future__ import annotations

import pathlib

import pytest


@pytest.fixture
def path(tmp_path) -> pathlib.Path:
    """Where an HDF5 file may be written."""
    return tmp_path / "weights.h5"


@pytest.fixture
def file(path):
    """A new HDF5 file, open for writing."""
    import h5py

    with h5py.File(str(path), "w") as file:
        yield file
