"""Weights that are split over several files are read whole, or refused."""

from __future__ import annotations

import json
import pathlib

import numpy as np
import pytest

from efficientnet_hub import errors
from efficientnet_hub.export.weights import sharded_files
from efficientnet_hub.tests.export.weights import pytorch_files_written

safetensors = pytest.importorskip("safetensors.numpy")

_SHARDS = {
    "1-of-2": {"a.weight": np.arange(6.0, dtype=np.float32).reshape(2, 3)},
    "2-of-2": {"b.weight": np.ones(4, np.float32), "steps": np.array(3)},
}
_KINDS = ["model.safetensors", "pytorch_model.bin"]


@pytest.fixture(name="write")
def _write(tmp_path):
    """Returns a function that writes shards and their index."""

    def write(kind="model.safetensors", **changes) -> str:
        stem, ending = kind.split(".")
        names = {}
        for part, tensors in _SHARDS.items():
            name = f"{stem}-{part}.{ending}"
            if ending == "bin":
                pytorch_files_written.write(tmp_path / name, tensors)
            else:
                safetensors.save_file(tensors, str(tmp_path / name))
            names.update(dict.fromkeys(tensors, name))
        index = {"metadata": {"total_size": 48}, "weight_map": {**names, **changes}}
        path = tmp_path / f"{kind}.index.json"
        path.write_text(json.dumps(index))
        return str(path)

    return write


def _refusal(path: str, max_bytes: int = 2**20) -> str:
    with pytest.raises(errors.InputError) as caught:
        sharded_files.read(path, max_bytes)
    assert "\n" not in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize("kind", _KINDS)
def test_all_shards_are_read(kind, write):
    arrays = sharded_files.read(write(kind), 2**20).arrays

    np.testing.assert_array_equal(arrays["a.weight"], _SHARDS["1-of-2"]["a.weight"])
    np.testing.assert_array_equal(arrays["b.weight"], _SHARDS["2-of-2"]["b.weight"])


def test_the_files_are_the_index_and_its_shards(write, tmp_path):
    files = [path.name for path in sorted(tmp_path.iterdir())]
    assert files == []

    found = sharded_files.list_files(write())

    assert sorted(found) == sorted(map(str, tmp_path.iterdir()))


@pytest.mark.parametrize(
    "name",
    [
        "../model-1-of-2.safetensors",
        "/etc/model.safetensors",
        "a\\b.safetensors",
        "model\0.safetensors",
        "model-1-of-2.bin",
        ".safetensors",
        7,
    ],
)
def test_a_shard_must_be_a_file_beside_the_index(name, write):
    message = _refusal(write(**{"a.weight": name}))

    assert "in place of the name of a .safetensors file beside the index" in message


def test_a_missing_shard_is_refused(write, tmp_path):
    path = write()
    (tmp_path / "model-2-of-2.safetensors").unlink()

    assert "was the folder downloaded in part?" in _refusal(path)


@pytest.mark.parametrize("kind", _KINDS)
@pytest.mark.parametrize(
    ("name", "found"), [("missing", "found no 'missing'"), ("b.weight", "found no 'b")]
)
def test_a_tensor_that_is_not_in_its_shard_is_refused(name, found, kind, write):
    shard = kind.replace(".", "-1-of-2.")

    assert found in _refusal(write(kind, **{name: shard}))


@pytest.mark.parametrize("kind", _KINDS)
def test_a_tensor_that_the_index_does_not_name_is_refused(kind, write, tmp_path):
    path = write(kind)
    index = json.loads(pathlib.Path(path).read_text())
    del index["weight_map"]["b.weight"]
    (tmp_path / f"{kind}.index.json").write_text(json.dumps(index))

    assert "found also 'b.weight': is one of the files of another" in _refusal(path)


@pytest.mark.parametrize(
    ("content", "found"),
    [
        ("[]", "no 'weight_map'"),
        ("{}", "no 'weight_map'"),
        ('{"weight_map": {}}', "no 'weight_map'"),
        ('{"weight_map": ["a.safetensors"]}', "no 'weight_map'"),
        ('{"weight_map": {"a\\u001b": "a.safetensors"}}', "a\\x1b"),
        ('{"weight_map": {"a": "a.safetensors", "a": "a.safetensors"}}', "twice"),
        ("{", "Expecting"),
    ],
)
def test_a_damaged_index_is_refused(content, found, tmp_path):
    path = tmp_path / "model.safetensors.index.json"
    path.write_text(content)

    assert found in _refusal(str(path))


def test_too_many_shards_are_refused(tmp_path):
    path = tmp_path / "model.safetensors.index.json"
    names = {f"t{n}": f"m{n}.safetensors" for n in range(101)}
    path.write_text(json.dumps({"weight_map": names}))

    assert "101 files, more than 100" in _refusal(str(path))


def test_shards_have_their_bound_together(write, tmp_path):
    path = write()
    sizes = [
        (tmp_path / f"model-{part}.safetensors").stat().st_size for part in _SHARDS
    ]

    sharded_files.read(path, sum(sizes))
    assert "at most" in _refusal(path, sum(sizes) - 1)
