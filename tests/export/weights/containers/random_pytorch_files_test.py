"""PyTorch files of any content are read or refused, in bounded time and memory."""

from __future__ import annotations

import io
import os
import pathlib
import pickle
import random
import struct
import zipfile

import pytest

from efficientnet_hub.errors import InputError
from efficientnet_hub.export.weights.containers import (
    inert_pickle,
    pytorch_pickle,
    refusal,
    zip_members,
)

_NUMBERS = (0, 1, -1, 2, 3, 255, 2**31, 2**47, 2**48, 2**63, 2**200, 1.5, "x", None, ())
_TYPES = ("Float", "Double", "Half", "BFloat16", "Long", "Bool", "ComplexFloat")
_NAMES = ("a", "b", "\x1b[31m", "a\nb", "a" * 2000)


def _read(path, **options):
    opened = pytorch_pickle.open_file(str(path), **options)
    return dict(opened.read_arrays(opened.saved))


def _plain(value) -> bytes:
    """The opcodes that push plain data."""
    return pickle.dumps(value, 2)[2:-1]


def _choose_sizes(rng: random.Random, usual: tuple) -> tuple:
    """A shape or strides, wrong in one of four cases."""
    if rng.random() < 0.75:
        return usual
    if rng.random() < 0.5:
        return tuple(rng.choice(_NUMBERS) for _ in range(rng.randint(0, 4)))
    return (rng.choice([0, 1, 2**40]),) * rng.choice([2, 32, 33])


def _choose(rng: random.Random, usual):
    """A value, wrong in one of ten cases."""
    return usual if rng.random() < 0.9 else rng.choice(_NUMBERS)


def _craft_tensor(rng: random.Random) -> bytes:
    kind = "Float" if rng.random() < 0.7 else rng.choice(_TYPES)
    storage = b"(" + _plain("storage") + b"ctorch\n%sStorage\n" % kind.encode()
    storage += b"".join(map(_plain, ["0", "cpu", _choose(rng, 6)])) + b"tQ"
    size, stride = _choose_sizes(rng, (2, 3)), _choose_sizes(rng, (3, 1))
    view = [_choose(rng, 0), size, stride, False, None]
    arguments = storage + b"".join(map(_plain, view))
    return b"ctorch._utils\n_rebuild_tensor_v2\n(" + arguments + b"tR"


def _craft_pickle(rng: random.Random) -> bytes:
    items = b""
    for _ in range(rng.randint(1, 2)):
        name = rng.choice(_NAMES[:2] * 5 + _NAMES)
        items += _plain(name) + _craft_tensor(rng) + b"s"
    return b"\x80\x02}" + items + b"."


def _pack(rng: random.Random, pickled: bytes) -> bytes:
    """A file in one of both formats, with the bytes of a storage."""
    raw = bytes(rng.choice([24, 24, 24, 48, 12, 0]))
    if rng.random() < 0.5:
        system = {"little_endian": True}
        facts = (0x1950A86A20F9469CFC6C, 1001, system)
        start = b"".join(pickle.dumps(fact, 2) for fact in facts)
        return start + pickled + pickle.dumps(["0"], 2) + struct.pack("<q", 6) + raw
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("archive/data.pkl", pickled)
        archive.writestr("archive/data/0", raw)
    return stream.getvalue()


def _spoil(rng: random.Random, content: bytes) -> bytes:
    changed = bytearray(content)
    position = rng.randrange(len(changed))
    end = position + rng.choice([0, 1, 4])
    changed[position:end] = rng.choice([b"", b"\0", b"\xff" * 4, b"\x85" * 9, b"(h\0"])
    return bytes(changed)


def _check_random_files(seeds, path: pathlib.Path) -> int:
    accepted = 0
    for seed in seeds:
        rng = random.Random(seed)
        pickled = _craft_pickle(rng)
        if rng.random() < 0.3:
            pickled = _spoil(rng, pickled)
        content = _pack(rng, pickled)
        path.write_bytes(_spoil(rng, content) if rng.random() < 0.3 else content)
        try:
            arrays = _read(path)
        except InputError as error:
            assert str(error).isprintable() and len(str(error)) < 2000
            continue
        accepted += 1
        assert sum(array.nbytes for array in arrays.values()) < 2**20
    return accepted


def test_random_files_are_read_or_refused(tmp_path):
    assert 5 < _check_random_files(range(400), tmp_path / "a.pth") < 200


@pytest.mark.slow
def test_many_random_files_are_read_or_refused(tmp_path):
    assert _check_random_files(range(1000, 41_000), tmp_path / "a.pth") > 500


# The bounds.


def _refusal(path, content: bytes, **options) -> str:
    path.write_bytes(content)
    with pytest.raises(InputError) as caught:
        _read(path, **options)
    return str(caught.value)


def test_a_large_file_is_not_read(tmp_path):
    path = tmp_path / "a.pth"
    path.write_bytes(b"")
    os.truncate(path, 2**41)

    with pytest.raises(InputError, match=f"at most .* found {2**41}"):
        _read(path)


@pytest.mark.parametrize("name", _NAMES[2:])
def test_a_name_that_no_message_can_repeat_is_refused(name, tmp_path):
    tensor = _craft_tensor(random.Random(3))
    pickled = b"\x80\x02}" + _plain(name) + tensor + b"s."
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("archive/data.pkl", pickled)
        archive.writestr("archive/data/0", bytes(24))

    message = _refusal(tmp_path / "a.pth", stream.getvalue())

    assert message.isprintable() and len(message) < 500


def test_a_long_pickle_is_refused():
    text = _plain("a" * 2**20)

    with pytest.raises(refusal.RefusedError, match="more than 16777216 bytes in"):
        inert_pickle.load(io.BytesIO(b"\x80\x02" + 17 * text + b"."), {}, repr)


def test_an_archive_of_many_members_is_not_listed(tmp_path, monkeypatch):
    monkeypatch.setattr(zip_members, "_MOST_MEMBERS", 1)

    content = _pack(random.Random(1), b"\x80\x02}.")
    if not content.startswith(b"PK"):
        content = _pack(random.Random(2), b"\x80\x02}.")

    assert "more than 1 members" in _refusal(tmp_path / "a.pth", content)
