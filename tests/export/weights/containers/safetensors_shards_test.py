"""Arrays in several files are those that their index says."""

from __future__ import annotations

import json

import numpy as np
import pytest
from safetensors import numpy as safetensors_numpy

from efficientnet_hub import errors
from efficientnet_hub.export.weights.containers import safetensors_shards

_FIRST, _SECOND = "model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors"
_BYTES = 2**20


@pytest.fixture(name="index")
def _index(tmp_path):
    """The index of two files, as the Hugging Face hub has them."""
    one = {"a": np.ones(2, np.float32), "count": np.array(1)}
    two = {"b": np.zeros((2, 3), np.float32)}
    safetensors_numpy.save_file(one, str(tmp_path / _FIRST), {"format": "pt"})
    safetensors_numpy.save_file(two, str(tmp_path / _SECOND), {"format": "pt"})
    path = tmp_path / "model.safetensors.index.json"
    _write(path, {"a": _FIRST, "b": _SECOND, "count": _FIRST})
    return path


def _write(index, weight_map) -> None:
    index.write_text(json.dumps({"metadata": {}, "weight_map": weight_map}))


def _refusal(index) -> str:
    with pytest.raises(errors.InputError) as caught:
        safetensors_shards.read(str(index), _BYTES)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_the_files_of_an_index_are_beside_it(index):
    expected = [index, index.with_name(_FIRST), index.with_name(_SECOND)]

    assert safetensors_shards.list_files(str(index)) == list(map(str, expected))


def test_the_arrays_of_all_files_are_read(index):
    found = safetensors_shards.read(str(index), _BYTES)

    assert found.arrays["a"].tolist() == [1, 1]
    assert found.arrays["b"].shape == (2, 3)
    assert set(found.left_out) == {"count"}
    assert found.metadata == {"format": "pt"}


@pytest.mark.parametrize(
    "file",
    [
        "/etc/passwd.safetensors",
        "../outside.safetensors",
        "folder/a.safetensors",
        "folder\\a.safetensors",
        ".hidden.safetensors",
        "a\0.safetensors",
        "weights.pth",
        "",
        1,
        None,
        ["a.safetensors"],
    ],
)
def test_a_file_elsewhere_or_of_another_kind_is_refused(file, index):
    _write(index, {"a": _FIRST, "b": file})

    assert "must be the index of .safetensors files, found: the file" in _refusal(index)


@pytest.mark.parametrize("weight_map", [None, {}, [], "a"])
def test_an_index_without_arrays_is_refused(weight_map, index):
    _write(index, weight_map)

    assert "no 'weight_map'" in _refusal(index)


def test_an_index_of_too_many_files_is_refused(index):
    _write(index, {str(i): f"{i}.safetensors" for i in range(101)})

    assert "101 files, more than 100" in _refusal(index)


def test_an_array_in_another_file_is_refused(index):
    _write(index, {"a": _FIRST, "b": _FIRST, "count": _SECOND})

    assert f"'{_FIRST}' must hold the arrays that" in _refusal(index)


def test_the_files_are_bounded_together(index):
    size = index.with_name(_FIRST).stat().st_size

    with pytest.raises(errors.InputError, match="at most 1 bytes"):
        safetensors_shards.read(str(index), size + 1)
