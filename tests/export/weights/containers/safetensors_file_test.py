"""Safetensors files are read as the library wrote them, or refused in a sentence."""

from __future__ import annotations

import json
import os
import struct

import numpy as np
import pytest
from safetensors import numpy as safetensors_numpy

from efficientnet_hub import errors
from efficientnet_hub.export.weights.containers import safetensors_file

_BYTES = 2**23
_F32 = {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]}


@pytest.fixture(name="path")
def _path(tmp_path):
    return tmp_path / "model.safetensors"


def _read(path):
    return safetensors_file.read(str(path), _BYTES)


def _refusal(path) -> str:
    with pytest.raises(errors.InputError) as caught:
        _read(path)
    message = str(caught.value)
    assert "\n" not in message and len(message) < 600
    assert message.startswith(f"safetensors file '{path}' must hold ")
    return message


def _file(header, content: bytes = b"") -> bytes:
    encoded = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack("<Q", len(encoded)) + encoded + content


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_arrays_are_those_that_the_library_wrote(dtype, path):
    written = {
        "stem.weight": np.arange(24).reshape(2, 3, 4).astype(dtype),
        "scalar": np.array(3, dtype),
        "empty": np.zeros((0, 3), dtype),
    }
    safetensors_numpy.save_file(written, str(path))

    found = _read(path).arrays

    assert set(found) == set(written)
    for name, value in written.items():
        np.testing.assert_array_equal(found[name], value)
        assert found[name].dtype == dtype and found[name].shape == value.shape
        assert not found[name].flags.writeable


def test_bfloat16_becomes_float32_without_loss(path):
    # The bits of 1, -2 and the number after 1 by https://en.wikipedia.org/wiki/Bfloat16.
    bits = struct.pack("<3H", 0x3F80, 0xC000, 0x3F81)
    header = {"a": {"dtype": "BF16", "shape": [3], "data_offsets": [0, 6]}}
    path.write_bytes(_file(header, bits))

    found = _read(path).arrays["a"]

    assert found.dtype == np.float32 and not found.flags.writeable
    assert found.tolist() == [1, -2, 1.0078125]


def test_the_metadata_are_the_texts_of_the_writer(path):
    texts = {"format": "pt", "name": "Größe"}
    safetensors_numpy.save_file({"a": np.ones(1, np.float32)}, str(path), texts)

    assert _read(path).metadata == texts


def test_a_file_without_metadata_has_none(path):
    safetensors_numpy.save_file({"a": np.ones(1, np.float32)}, str(path))

    assert not _read(path).metadata


def test_integers_are_left_out_with_their_type(path):
    arrays = {"count": np.array(1), "mask": np.ones(2, bool), "a": np.ones(2)}
    safetensors_numpy.save_file(arrays, str(path))

    found = _read(path)

    assert found.left_out == {"count": ("int64", ()), "mask": ("bool", (2,))}
    assert list(found.arrays) == ["a"]


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (b"", "an empty file"),
        (b"<html>", "an HTML or XML page"),
        (b"version https://git-lfs.github.com/spec/v1\n", "a Git LFS pointer"),
        (b"PK\x03\x04" + bytes(40), "a zip archive"),
        (b"\x89HDF\r\n\x1a\n" + bytes(40), "an HDF5 file"),
        (struct.pack("<Q", 2**63) + b"{}", "a header of 9223372036854775808 bytes"),
        (struct.pack("<Q", 3) + b"{}", "a header of 3 bytes"),
        (_file(b"{" + 2**22 * b" " + b"}"), "a header of 4194306 bytes"),
        (_file(b"{]"), "no such JSON"),
        (_file(b'{"a": ' + 200 * b"[" + 200 * b"]" + b"}"), "too many levels"),
        (_file(b'{"a": 1, "a": 1}'), "'a' twice"),
        (_file({"__metadata__": {"a": 1}}), "metadata that are no texts"),
        (_file({"a": _F32}), "what the library refuses"),
        (_file({"a": _F32}, bytes(8)), "what the library refuses"),
        (_file({"a": dict(_F32, shape=[2**62, 4])}, bytes(4)), "the library refuses"),
        (_file({"a": _F32, "b": _F32}, bytes(4)), "what the library refuses"),
        (_file({"a": dict(_F32, shape=[1] * 99)}, bytes(4)), "an impossible shape"),
        (
            _file({"a": {"dtype": "F32", "shape": [0, 2**63], "data_offsets": [0, 0]}}),
            "an impossible shape",
        ),
        (_file({"\x1b[31m": _F32}, bytes(4)), r"'\x1b[31m'"),
        (_file({"a" * 1001: _F32}, bytes(4)), "aaaa' (cut)"),
        (
            _file({f"t{i}": dict(_F32, data_offsets=[0, 0]) for i in range(20_001)}),
            "20001",
        ),
    ],
)
def test_what_the_library_does_not_write_is_refused(content, found, path):
    path.write_bytes(content)

    assert found in _refusal(path)


def test_a_file_that_is_too_large_is_refused_before_it_is_read(path):
    with open(path, "wb") as file:
        file.truncate(2**40)

    assert f"at most {_BYTES} bytes, found {2**40}" in _refusal(path)


def test_a_pipe_or_nothing_is_refused(path):
    assert "no such file" in _refusal(path)
    os.mkfifo(path)
    with pytest.raises(errors.InputError, match="found a named pipe"):
        _read(path)


def test_no_flipped_bit_of_the_header_is_unnoticed_or_a_crash(path):
    written = {"a": np.ones((2, 3), np.float32), "b": np.zeros(4)}
    safetensors_numpy.save_file(written, str(path))
    content = path.read_bytes()
    (length,) = struct.unpack_from("<Q", content)
    refused = 0
    positions = range(0, 8 * (8 + length), 3)
    for position in positions:
        flipped = bytearray(content)
        flipped[position // 8] ^= 1 << position % 8
        path.write_bytes(flipped)
        try:
            _read(path)
        except errors.InputError:
            refused += 1
    # The others change a letter of a name, or a space.
    assert refused > len(positions) / 2
