"""State dicts are read as PyTorch reads them, and any other file is refused."""

from __future__ import annotations

import contextlib
import hashlib
import io
import itertools
import os
import pathlib
import pickle
import struct
import time
import tracemalloc
import zipfile

import numpy as np
import pytest

from efficientnet_hub.errors import InputError
from efficientnet_hub.export.weights.containers import pytorch_pickle, pytorch_tensor

# Made with PyTorch by make_fixtures.py, which is beside them.
_FIXTURES = pathlib.Path(__file__).parents[3] / "testdata" / "pytorch"
_FORMATS = ("unzipped", "zipped")


def _read(path):
    opened = pytorch_pickle.open_file(str(path))
    return dict(opened.read_arrays(opened.saved))


def _refusal(path) -> str:
    """Returns the message of the refusal, which has the form of all messages."""
    with pytest.raises(InputError) as caught:
        _read(path)
    message = str(caught.value)
    assert message.startswith(f"PyTorch file '{path}' must hold ")
    assert ", found " in message and ": probably " in message
    assert "\n" not in message
    return message


def _counting(*shape, dtype="float32"):
    return np.arange(np.prod(shape, dtype=int)).reshape(shape).astype(dtype)


def _assert_same(found, expected):
    assert list(found) == list(expected)
    for name, values in expected.items():
        np.testing.assert_array_equal(found[name], values)
        assert found[name].dtype == values.dtype and found[name].shape == values.shape


# The pieces of files that PyTorch would not write.


def _plain(value) -> bytes:
    """Returns the opcodes that push plain data."""
    return pickle.dumps(value, 2)[2:-1]


def _storage(key="0", kind="FloatStorage", numel=6, more=()) -> bytes:
    start = b"(" + _plain("storage") + b"ctorch\n%s\n" % kind.encode()
    values = [key, "cpu", numel, *more]
    return start + b"".join(_plain(value) for value in values) + b"tQ"


def _tensor(storage=None, offset=0, size=(2, 3), stride=(3, 1), more=()) -> bytes:
    values = [offset, size, stride, False, None, *more]
    arguments = (storage or _storage()) + b"".join(_plain(value) for value in values)
    return b"ctorch._utils\n_rebuild_tensor_v2\n(" + arguments + b"tR"


def _state(*tensors: bytes) -> bytes:
    """Returns the pickle of a dict of the tensors, named "0", "1", ..."""
    items = (_plain(str(i)) + tensor + b"s" for i, tensor in enumerate(tensors))
    return b"\x80\x02}" + b"".join(items) + b"."


_SIX_FLOATS = struct.pack("<6f", *range(6))
_MAGIC = 0x1950A86A20F9469CFC6C
_SYSTEM = {"protocol_version": 1001, "little_endian": True, "type_sizes": {}}


def _unzipped(
    state: bytes, keys=("0",), raw=_SIX_FLOATS, numel=6, start=(_MAGIC, 1001, _SYSTEM)
) -> bytes:
    facts = b"".join(pickle.dumps(fact, 2) for fact in start)
    storage = struct.pack("<q", numel) + raw if keys else b""
    return facts + state + pickle.dumps(list(keys), 2) + storage


def _zipped(state: bytes, more=(), raw=_SIX_FLOATS, method=zipfile.ZIP_STORED) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", method) as archive:
        archive.writestr("archive/data.pkl", state)
        archive.writestr("archive/data/0", raw)
        for name, content in more:
            archive.writestr(name, content)
    return stream.getvalue()


@pytest.fixture
def write(tmp_path):
    """Returns a function that writes a file of the bytes and returns its path."""

    def _write(data: bytes, name="weights.pth"):
        (tmp_path / name).write_bytes(data)
        return tmp_path / name

    return _write


@pytest.fixture(params=[_unzipped, _zipped], ids=_FORMATS)
def write_state(request, write):
    """Returns a function that writes a file with the pickle, in either format."""
    return lambda state: write(request.param(state))


# What is read.


@pytest.mark.parametrize("kind", _FORMATS)
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
    _assert_same(_read(_FIXTURES / f"small_model_{kind}.pth"), expected)


@pytest.mark.parametrize("kind", _FORMATS)
def test_tensors_that_are_views_of_one_storage_are_read(kind):
    whole = _counting(24)
    expected = {
        "whole": whole,
        "kernel": whole.reshape(2, 1, 3, 4).transpose(3, 2, 0, 1),
        "tail": whole[20:],
        "every_fifth": whole[1::5],
        "scalar": whole[7].reshape(()),
    }
    found = _read(_FIXTURES / f"views_{kind}.pth")
    _assert_same(found, expected)
    assert all(np.shares_memory(found["whole"], view) for view in found.values())
    assert not any(view.flags.writeable for view in found.values())


@pytest.mark.parametrize("kind", _FORMATS)
def test_every_dtype_is_kept_but_bfloat16_becomes_float32(kind):
    names = "float32 float64 float16 bfloat16 int64 int32 int16 int8 uint8 bool"
    expected = {
        name: _counting(3, dtype="float32" if name == "bfloat16" else name)
        for name in names.split()
    }
    _assert_same(_read(_FIXTURES / f"every_dtype_{kind}.pth"), expected)


@pytest.mark.parametrize("kind", _FORMATS)
def test_the_state_dict_inside_a_checkpoint_is_read(kind):
    opened = pytorch_pickle.open_file(str(_FIXTURES / f"checkpoint_{kind}.pth"))
    found = opened.read_arrays(opened.saved["state_dict"])
    _assert_same(found, {"weight": _counting(2, 3)})


def test_slices_of_storages_of_the_first_versions_are_read(write):
    storage = _storage(more=[("part", 2, 3)])
    state = _state(_tensor(storage, offset=1, size=(2,), stride=(1,)))
    _assert_same(_read(write(_unzipped(state))), {"0": np.float32([3, 4])})


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
        (_unzipped(_state(), start=(_MAGIC, 1002, _SYSTEM)), "another one"),
        (_unzipped(_state(), start=(_MAGIC, 1001, 3)), "no facts about the system"),
        (b"PK\x03\x04 and nothing more", "cannot be read"),
    ],
)
def test_a_file_of_another_kind_is_told_by_its_kind(write, data, message):
    assert message in _refusal(write(data))


def test_a_file_that_is_not_there_or_is_a_folder_is_refused(tmp_path):
    assert "no such file" in _refusal(tmp_path / "missing.pth")
    assert "no such file" in _refusal(tmp_path)


@pytest.mark.parametrize("little_endian", [False, 1, None])
def test_big_endian_files_are_refused(write, little_endian):
    system = dict(_SYSTEM, little_endian=little_endian)
    data = _unzipped(_state(_tensor()), start=(_MAGIC, 1001, system))
    assert "another byte order" in _refusal(write(data))
    data = _zipped(_state(_tensor()), more=[("archive/byteorder", b"big")])
    assert "another byte order" in _refusal(write(data))


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
    assert message in _refusal(write(_unzipped(pickle.dumps(value, 2), keys=())))


def test_a_checkpoint_that_holds_itself_is_refused(write):
    looped = b"\x80\x02}q\x09" + _plain("state_dict") + b"h\x09s."
    assert "'state_dict' with a dict" in _refusal(write(_unzipped(looped, keys=())))


def test_a_deeply_nested_pickle_is_refused(write_state):
    assert _refusal(write_state(b"\x80\x02)" + 300000 * b"\x85" + b"."))


def test_running_out_of_memory_is_told(write_state, monkeypatch):
    monkeypatch.setattr(pytorch_tensor, "storage_values", lambda *_: bytes(1 << 62))
    assert "more memory than there is" in _refusal(write_state(_state(_tensor())))


def test_code_in_the_pickle_is_refused_by_name_and_not_run(write_state, tmp_path):
    class Hostile:
        def __reduce__(self):
            return os.system, (f"echo > {tmp_path / 'proof'}",)

    message = _refusal(write_state(pickle.dumps({"weight": Hostile()}, 2)))
    assert f"'{os.system.__module__}.system' in the pickle" in message
    assert not (tmp_path / "proof").exists()


# What was cut off, damaged or forged.


@pytest.mark.parametrize("kind", _FORMATS)
def test_a_file_cut_off_anywhere_is_refused(write, kind):
    data = (_FIXTURES / f"small_model_{kind}.pth").read_bytes()
    for length in range(0, len(data), 3):
        _refusal(write(data[:length]))


def test_a_flipped_bit_of_a_member_is_found_by_its_checksum(write):
    data = bytearray(_zipped(_state(_tensor())))
    data[data.index(_SIX_FLOATS) + 5] ^= 1
    assert "Bad CRC-32" in _refusal(write(data))


@pytest.mark.parametrize("kind", _FORMATS)
def test_a_flipped_bit_anywhere_ends_in_arrays_or_a_refusal(write, kind):
    data = (_FIXTURES / f"views_{kind}.pth").read_bytes()
    for position, bit in zip(range(len(data)), itertools.cycle(range(8))):
        flipped = bytearray(data)
        flipped[position] ^= 1 << bit
        with contextlib.suppress(InputError):
            assert all(a.nbytes <= len(data) for a in _read(write(flipped)).values())


def test_a_hash_in_the_name_has_to_be_the_file_s(write):
    data = (_FIXTURES / "small_model_unzipped.pth").read_bytes()
    digits = hashlib.sha256(data).hexdigest()
    assert _read(write(data, f"model-b0-{digits[:8]}.pth"))
    assert _read(write(data, f"model-{digits}.pth"))
    name = f"model-b0-{digits[:8]}.pth"
    for position in range(0, len(data), 50):
        flipped = bytearray(data)
        flipped[position] ^= 16
        assert f"promises, {digits[:8]}" in _refusal(write(flipped, name))


def test_digits_in_the_name_that_are_no_hash_are_explained_or_let_be(write):
    data = (_FIXTURES / "small_model_unzipped.pth").read_bytes()
    assert "no hash and it should be renamed" in _refusal(
        write(data, "model-20210315.pth")
    )
    for name in ("model-b0.pth", "model-1234567.pth", "model_20210315.pth"):
        assert _read(write(data, name))


@pytest.mark.parametrize(
    "tensor, message",
    [
        (_tensor(offset=1), "up to element 6"),
        (_tensor(size=(7,), stride=(0,)), "a view that repeats them"),
        (_tensor(size=(2, -3)), "impossible offset, size or stride"),
        (_tensor(_storage(numel=7)), "storage '0'"),
        (_tensor(_storage(kind="DoubleStorage")), "48 bytes of storage '0'"),
        (_tensor(_storage(kind="UntypedStorage")), "'torch.UntypedStorage'"),
    ],
)
def test_impossible_tensors_are_refused(write_state, tensor, message):
    assert message in _refusal(write_state(_state(tensor)))


@pytest.mark.parametrize("numel", [7, 1 << 40, (1 << 48) - 1])
def test_a_storage_larger_than_the_file_is_not_allocated(write, numel):
    path = write(_unzipped(_state(_tensor(_storage(numel=numel))), numel=numel))
    tracemalloc.start()
    assert f"must hold {4 * numel} bytes of storage '0', found 24" in _refusal(path)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 1 << 20


def test_refused_tensors_are_named(write_state):
    message = _refusal(write_state(_state(_tensor(), _tensor(offset=9))))
    assert "tensor '1' within its 6 elements" in message


@pytest.mark.parametrize(
    "changes, message",
    [
        ({"numel": 7}, "begins with the length 0x0000000000000007"),
        ({"numel": -1}, "begins with the length 0xffffffffffffffff"),
        ({"raw": _SIX_FLOATS[:-1]}, "found 23"),
        ({"raw": _SIX_FLOATS + b"x"}, "more bytes"),
        ({"keys": ()}, "a list of other storages"),
        ({"keys": ("0", "0")}, "a list of other storages"),
        ({"keys": (0,)}, "no list of the storages' keys"),
    ],
)
def test_storages_other_than_described_are_refused(write, changes, message):
    assert message in _refusal(write(_unzipped(_state(_tensor()), **changes)))


@pytest.mark.parametrize(
    "changes, message",
    [
        ({"method": zipfile.ZIP_DEFLATED}, "compressed"),
        ({"raw": b""}, "found 0"),
        ({"more": [("archive/../x", b"")]}, "not a plain one"),
        ({"more": [("/archive/x", b"")]}, "not a plain one"),
        ({"more": [("archive\\..\\x", b"")]}, "not a plain one"),
        ({"more": [("other/data.pkl", b"")]}, "members elsewhere"),
    ],
)
def test_archives_that_torch_does_not_write_are_refused(write, changes, message):
    assert message in _refusal(write(_zipped(_state(_tensor()), **changes)))


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_members_more_than_once_are_refused(write):
    data = _zipped(_state(_tensor()), more=[("archive/data.pkl", b"N.")])
    assert "'archive/data.pkl' more than once" in _refusal(write(data))


def test_storages_are_not_looked_for_elsewhere(write):
    state = _state(_tensor(_storage(key="../data/0")))
    assert "found 0" in _refusal(write(_zipped(state)))


def test_a_bomb_is_not_unpacked(write):
    bomb = _zipped(_state(_tensor()), raw=bytes(1 << 24), method=zipfile.ZIP_DEFLATED)
    assert len(bomb) < 1 << 15
    tracemalloc.start()
    message = _refusal(write(bomb))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert "compressed" in message and peak < 1 << 21


def test_members_that_overlap_are_refused(write):
    """The directory names one member's bytes for many members."""
    many = [(f"archive/data/{key}", b"") for key in range(1, 40)]
    data = _zipped(_state(_tensor()), more=many, raw=bytes(4096))
    start = data.index(b"PK\x01\x02")
    # Three zeros stand for the checksum and the two sizes of an empty member.
    directory = data[start:].replace(bytes(12), struct.pack("<3I", 0, 4096, 4096))
    message = _refusal(write(data[:start] + directory))
    assert "members of more than the file's" in message


def test_shared_storages_take_no_more_memory_for_more_tensors(write):
    raw = np.arange(1 << 18, dtype="<f4").tobytes()
    tensor = _tensor(_storage(numel=1 << 18), size=(1 << 18,), stride=(1,))
    path = write(_unzipped(_state(*200 * [tensor]), raw=raw, numel=1 << 18))
    tracemalloc.start()
    assert len(_read(path)) == 200
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 4 * len(raw)


def test_the_five_pickles_of_an_old_file_have_their_bound_together(tmp_path):
    filler = 400_000 * b"N"
    path = tmp_path / "old.pth"
    facts = (0x1950A86A20F9469CFC6C, 1001, {"little_endian": True})
    path.write_bytes(b"".join(b"\x80\x02" + filler + _plain(f) + b"." for f in facts))

    start = time.process_time()
    message = _refusal(path)

    assert "more than 524288 opcodes in its pickles" in message
    assert time.process_time() - start < 3
