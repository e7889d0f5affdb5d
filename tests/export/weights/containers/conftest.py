"""Fixtures of the tests of HDF5 files, pickles and PyTorch files."""

from __future__ import annotations

import pathlib

import pytest

from efficientnet_hub.tests.export.weights.containers import pytorch_files as files


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


@pytest.fixture
def proof(tmp_path):
    """The file that a pickle writes if it runs code, which no test may do."""
    yield tmp_path / "proof"
    assert not (tmp_path / "proof").exists()


@pytest.fixture
def write(tmp_path):
    """Returns a function that writes a file of the bytes and returns its path."""

    def _write(data: bytes, name="weights.pth"):
        (tmp_path / name).write_bytes(data)
        return tmp_path / name

    return _write


@pytest.fixture(params=[files.make_unzipped, files.make_zipped], ids=files.FORMATS)
def write_state(request, write):
    """Returns a function that writes a file with the pickle, in either format."""
    return lambda state: write(request.param(state))
