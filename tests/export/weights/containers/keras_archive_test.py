"""`.keras` files are read as data: the weights and the configuration."""

from __future__ import annotations

import io
import json
import os
import zipfile

import h5py
import numpy as np
import pytest

from efficientnet_hub import errors
from efficientnet_hub.export.weights.containers import keras_archive
from efficientnet_hub.tests.export.weights.containers import keras_models

_BYTES = 2**25
_CONFIG, _METADATA, _WEIGHTS = "config.json", "metadata.json", "model.weights.h5"


@pytest.fixture(scope="module", name="saved")
def _saved(tmp_path_factory):
    """What Keras saved, and the model."""
    path = tmp_path_factory.mktemp("keras") / "model.keras"
    model = keras_models.make_model()
    model.save(str(path))
    return path.read_bytes(), model


@pytest.fixture(name="members")
def _members(saved):
    with zipfile.ZipFile(io.BytesIO(saved[0])) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


@pytest.fixture(name="path")
def _path(tmp_path):
    return tmp_path / "model.keras"


def _pack(path, members, compression=zipfile.ZIP_STORED) -> None:
    with zipfile.ZipFile(str(path), "w", compression) as archive:
        for name, content in members.items():
            archive.writestr(name, content)


def _refusal(path, max_bytes: int = _BYTES) -> str:
    with pytest.raises(errors.InputError) as caught:
        keras_archive.read(str(path), max_bytes)
    message = str(caught.value)
    assert "\n" not in message and len(message) < 600
    assert message.startswith(f"Keras file '{path}' must hold ")
    return message


def test_the_weights_that_keras_saved_are_read(saved, path):
    content, model = saved
    path.write_bytes(content)

    found = keras_archive.read(str(path), _BYTES)

    kernel = model.get_layer("stem_conv").get_weights()[0]
    same = [
        name
        for name, value in found.arrays.items()
        if value.shape == kernel.shape and np.array_equal(value, kernel)
    ]
    assert len(same) == 1 and same[0].endswith("conv2d/vars/0")
    expected = keras_models.values(model)
    assert len(found.arrays) == len(expected)
    assert all(value.dtype == np.float32 for value in found.arrays.values())


def test_the_configuration_is_the_one_that_keras_wrote(saved, members, path):
    path.write_bytes(saved[0])

    metadata = keras_archive.read(str(path), _BYTES).metadata

    assert metadata["config"] == json.loads(members[_CONFIG])
    names = [
        layer["config"]["name"] for layer in metadata["config"]["config"]["layers"]
    ]
    assert {"stem_conv", "stem_bn", "normalization"} <= set(names)
    assert metadata["metadata"]["keras_version"].startswith("2.")
    assert isinstance(metadata["attributes"], dict)


@pytest.mark.parametrize("name", [_CONFIG, _METADATA, _WEIGHTS])
def test_a_missing_member_is_refused(name, members, path):
    del members[name]
    _pack(path, members)

    assert f"no member '{name}'" in _refusal(path)


@pytest.mark.parametrize("name", [_CONFIG, _METADATA])
@pytest.mark.parametrize(
    ("content", "found"),
    [
        (b"", "that is no such JSON"),
        (b"[]", "that is no JSON object"),
        (b'{"a": NaN}', "the number NaN"),
        (b'{"a": 1, "a": 2}', "the name 'a' twice"),
        (b'{"a":' + 101 * b"[" + 101 * b"]" + b"}", "too many levels"),
        (b"[" * 100_000, "too many levels"),
        (b"\xff{}", "that is no such JSON"),
        (b" " * 2**24 + b"{}", "more than 16777216 bytes"),
    ],
)
def test_json_that_keras_does_not_write_is_refused(name, content, found, members, path):
    _pack(path, {**members, name: content})

    message = _refusal(path)

    assert found in message and f"'{name}'" in message


def test_no_layer_is_made_of_the_configuration(members, path):
    config = {"class_name": "Lambda", "config": {"function": ["not even base64"]}}
    _pack(path, {**members, _CONFIG: json.dumps(config)})

    assert keras_archive.read(str(path), _BYTES).metadata["config"] == config


def test_a_compressed_archive_is_refused(members, path):
    _pack(path, members, zipfile.ZIP_DEFLATED)

    assert "a zip archive as Keras writes it, found member" in _refusal(path)


def test_a_member_outside_is_refused(members, path):
    _pack(path, {**members, "../a": b""})

    assert "member '../a', whose path is not a plain one" in _refusal(path)


def test_a_soft_link_in_the_weights_is_refused(members, path, tmp_path):
    with h5py.File(str(tmp_path / "a.h5"), "w") as file:
        file["a"] = h5py.SoftLink("/b")
    _pack(path, {**members, _WEIGHTS: (tmp_path / "a.h5").read_bytes()})

    assert "'a', a soft or external link" in _refusal(path)


def test_another_kind_of_weights_is_refused(members, path):
    _pack(path, {**members, _WEIGHTS: b"\x80\x02}."})

    assert "the groups and datasets of an HDF5 file, found a file" in _refusal(path)


def test_a_flipped_bit_of_the_weights_is_found_by_the_checksum(saved, members, path):
    content = bytearray(saved[0])
    content[saved[0].index(members[_WEIGHTS]) + 1000] ^= 1
    path.write_bytes(content)

    assert "Bad CRC-32" in _refusal(path)


def test_a_file_that_is_too_large_is_refused(saved, path):
    path.write_bytes(saved[0])

    assert "at most 100 bytes" in _refusal(path, 100)


@pytest.mark.parametrize(
    ("content", "found"),
    [(b"", "an empty file"), (b"\x89HDF\r\n\x1a\n", "an HDF5 file")],
)
def test_another_kind_of_file_is_refused(content, found, path):
    path.write_bytes(content)

    assert found in _refusal(path)


def test_no_temporary_file_is_left(saved, members, path, tmp_path, monkeypatch):
    path.write_bytes(saved[0])
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(folder))

    keras_archive.read(str(path), _BYTES)
    _pack(path, {**members, _WEIGHTS: members[_WEIGHTS][:2000]})
    assert "what the library refuses" in _refusal(path)

    assert os.listdir(folder) == []
