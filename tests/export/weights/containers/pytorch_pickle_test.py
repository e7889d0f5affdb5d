"""State dicts are read as PyTorch reads them, and any other file is refused."""

from __future__ import annotations

import contextlib
import hashlib
import itertools
import os
import pathlib
import pickle

import numpy as np
import pytest

from efficientnet_hub.errors import InputError
from efficientnet_hub.export.weights.containers import pytorch_pickle, pytorch_tensor
from efficientnet_hub.tests import cases
from efficientnet_hub.tests.export.weights.containers import pytorch_files as files

# Made with PyTorch by make_fixtures.py, which is beside them.
_FIXTURES = pathlib.Path(__file__).parents[3] / "testdata" / "pytorch"


def _counting(*shape, dtype="float32"):
    return np.arange(np.prod(shape, dtype=int)).reshape(shape).astype(dtype)


def _assert_same(found, expected):
    assert list(found) == list(expected)
    for name, values in expected.items():
        np.testing.assert_array_equal(found[name], values)
        assert found[name].dtype == values.dtype and found[name].shape == values.shape


# What is read.


@pytest.mark.parametrize("kind", files.FORMATS)
def test_a_model_s_state_dict_is_read_in_order(kind):
    expected = {
        "0.weight": _counting(2, 3, 2, 1),
        "0.bias": _counting(2),
        "1.weight": _counting(2),
        "1.bias": _counting(2),
        "1.running_mean": _counting(2),
        "1.running_var": _counting(2),
        "1.num_batches_tracked": _counting(dtype="int64"),
    }
    _assert_same(files.read(_FIXTURES / f"small_model_{kind}.pth"), expected)


@pytest.mark.parametrize("kind", files.FORMATS)
def test_tensors_that_are_views_of_one_storage_are_read(kind):
    whole = _counting(24)
    expected = {
        "whole": whole,
        "kernel": whole.reshape(2, 1, 3, 4).transpose(3, 2, 0, 1),
        "tail": whole[20:],
        "every_fifth": whole[1::5],
        "scalar": whole[7].reshape(()),
    }
    found = files.read(_FIXTURES / f"views_{kind}.pth")
    _assert_same(found, expected)
    assert all(np.shares_memory(found["whole"], view) for view in found.values())
    assert not any(view.flags.writeable for view in found.values())


@pytest.mark.parametrize("kind", files.FORMATS)
def test_every_dtype_is_kept_but_bfloat16_becomes_float32(kind):
    names = "float32 float64 float16 bfloat16 int64 int32 int16 int8 uint8 bool"
    expected = {
        name: _counting(3, dtype="float32" if name == "bfloat16" else name)
        for name in names.split()
    }
    _assert_same(files.read(_FIXTURES / f"every_dtype_{kind}.pth"), expected)


@pytest.mark.parametrize("kind", files.FORMATS)
def test_the_state_dict_inside_a_checkpoint_is_read(kind):
    opened = pytorch_pickle.open_file(str(_FIXTURES / f"checkpoint_{kind}.pth"))
    found = opened.read_arrays(opened.saved["state_dict"])
    _assert_same(found, {"weight": _counting(2, 3)})


def test_slices_of_storages_of_the_first_versions_are_read(write):
    storage = files.push_storage(more=[("part", 2, 3)])
    state = files.pickle_state(
        files.push_tensor(storage, offset=1, size=(2,), stride=(1,))
    )
    _assert_same(
        files.read(write(files.make_unzipped(state))), {"0": np.float32([3, 4])}
    )


# What is not a state dict.


@pytest.mark.parametrize(
    "data, message",
    [
        (b"", "an empty file"),
        (b"<!DOCTYPE html><html>404</html>", "an HTML or XML page"),
        (b"\n <html></html>", "an HTML or XML page"),
        (b"version https://git-lfs.github.com/spec/v1\noid", "a Git LFS pointer"),
        (b"\x1f\x8b\x08\x00", "a gzip file"),
        (b"\x89HDF\r\n\x1a\n", "an HDF5 file"),
        (b"\x00\x01\x02", r"begins with b'\x00\x01\x02'"),
        (b"cposix\nsystem\n(S'true'\ntR.", "begins with b'cposix"),
        (pickle.dumps({"a": 1}, 2), "a pickle of something else"),
        (
            files.make_unzipped(
                files.pickle_state(), start=(files.MAGIC, 1002, files.SYSTEM)
            ),
            "another one",
        ),
        (
            files.make_unzipped(files.pickle_state(), start=(files.MAGIC, 1001, 3)),
            "no facts about the system",
        ),
        (b"PK\x03\x04 and nothing more", "cannot be read"),
    ],
)
def test_a_file_of_another_kind_is_told_by_its_kind(write, data, message):
    assert message in files.find_refusal(write(data))


def test_a_file_that_is_not_there_or_is_a_folder_is_refused(tmp_path):
    assert "no such file" in files.find_refusal(tmp_path / "missing.pth")
    assert "no such file" in files.find_refusal(tmp_path)


@pytest.mark.parametrize("little_endian", [False, 1, None])
def test_big_endian_files_are_refused(write, little_endian):
    system = dict(files.SYSTEM, little_endian=little_endian)
    data = files.make_unzipped(
        files.pickle_state(files.push_tensor()), start=(files.MAGIC, 1001, system)
    )
    assert "another byte order" in files.find_refusal(write(data))
    data = files.make_zipped(
        files.pickle_state(files.push_tensor()), more=[("archive/byteorder", b"big")]
    )
    assert "another byte order" in files.find_refusal(write(data))


@pytest.mark.parametrize(
    "value, message",
    [
        ({"epoch": 3}, "'epoch' with a int"),
        ({"model": {"a": 1}}, "'model' with a dict"),
        ({"a": None}, "'a' with a NoneType"),
        ({7: None}, "'7' with a NoneType"),
        ({}, "an empty object of type dict"),
        ([1, 2], "an object of type list"),
    ],
)
def test_other_values_than_tensors_are_refused_by_name(write, value, message):
    assert message in files.find_refusal(
        write(files.make_unzipped(pickle.dumps(value, 2), keys=()))
    )


def test_a_checkpoint_that_holds_itself_is_refused(write):
    looped = b"\x80\x02}q\x09" + files.push("state_dict") + b"h\x09s."
    assert "'state_dict' with a dict" in files.find_refusal(
        write(files.make_unzipped(looped, keys=()))
    )


def test_a_deeply_nested_pickle_is_refused(write_state):
    assert files.find_refusal(write_state(b"\x80\x02)" + 300000 * b"\x85" + b"."))


def test_running_out_of_memory_is_told(write_state, monkeypatch):
    monkeypatch.setattr(pytorch_tensor, "storage_values", lambda *_: bytes(1 << 62))
    assert "more memory than there is" in files.find_refusal(
        write_state(files.pickle_state(files.push_tensor()))
    )


def test_code_in_the_pickle_is_refused_by_name_and_not_run(write_state, tmp_path):
    class Hostile:
        def __reduce__(self):
            return os.system, (f"echo > {tmp_path / 'proof'}",)

    message = files.find_refusal(write_state(pickle.dumps({"weight": Hostile()}, 2)))
    assert f"'{os.system.__module__}.system' in the pickle" in message
    assert not (tmp_path / "proof").exists()


# What was cut off, damaged or forged.


@pytest.mark.parametrize("kind", files.FORMATS)
def test_a_file_cut_off_anywhere_is_refused(write, kind):
    data = (_FIXTURES / f"small_model_{kind}.pth").read_bytes()
    for length in range(0, len(data), 3):
        files.find_refusal(write(data[:length]))


def test_a_flipped_bit_of_a_member_is_found_by_its_checksum(write):
    data = bytearray(files.make_zipped(files.pickle_state(files.push_tensor())))
    data[data.index(files.SIX_FLOATS) + 5] ^= 1
    assert "Bad CRC-32" in files.find_refusal(write(data))


@pytest.mark.parametrize("kind", cases.slow_after(1, files.FORMATS))
def test_a_flipped_bit_anywhere_ends_in_arrays_or_a_refusal(write, kind):
    data = (_FIXTURES / f"views_{kind}.pth").read_bytes()
    for position, bit in zip(range(len(data)), itertools.cycle(range(8))):
        flipped = bytearray(data)
        flipped[position] ^= 1 << bit
        with contextlib.suppress(InputError):
            assert all(
                a.nbytes <= len(data) for a in files.read(write(flipped)).values()
            )


def test_a_hash_in_the_name_has_to_be_the_file_s(write):
    data = (_FIXTURES / "small_model_unzipped.pth").read_bytes()
    digits = hashlib.sha256(data).hexdigest()
    assert files.read(write(data, f"model-b0-{digits[:8]}.pth"))
    assert files.read(write(data, f"model-{digits}.pth"))
    name = f"model-b0-{digits[:8]}.pth"
    for position in range(0, len(data), 50):
        flipped = bytearray(data)
        flipped[position] ^= 16
        assert f"promises, {digits[:8]}" in files.find_refusal(write(flipped, name))


def test_digits_in_the_name_that_are_no_hash_are_explained_or_let_be(write):
    data = (_FIXTURES / "small_model_unzipped.pth").read_bytes()
    assert "no hash and it should be renamed" in files.find_refusal(
        write(data, "model-20210315.pth")
    )
    for name in ("model-b0.pth", "model-1234567.pth", "model_20210315.pth"):
        assert files.read(write(data, name))


@pytest.mark.parametrize(
    "tensor, message",
    [
        (files.push_tensor(offset=1), "up to element 6"),
        (files.push_tensor(size=(7,), stride=(0,)), "a view that repeats them"),
        (files.push_tensor(size=(2, -3)), "impossible offset, size or stride"),
        (files.push_tensor(files.push_storage(numel=7)), "storage '0'"),
        (
            files.push_tensor(files.push_storage(kind="DoubleStorage")),
            "48 bytes of storage '0'",
        ),
        (
            files.push_tensor(files.push_storage(kind="UntypedStorage")),
            "'torch.UntypedStorage'",
        ),
    ],
)
def test_impossible_tensors_are_refused(write_state, tensor, message):
    assert message in files.find_refusal(write_state(files.pickle_state(tensor)))
