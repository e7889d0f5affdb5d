"""Reads PyTorch files, and makes those that PyTorch would not write."""

from __future__ import annotations

import io
import pickle
import struct
import zipfile

import pytest

from efficientnet_hub.errors import InputError
from efficientnet_hub.export.weights.containers import pytorch_pickle

FORMATS = ("unzipped", "zipped")


def read(path):
    opened = pytorch_pickle.open_file(str(path))
    return dict(opened.read_arrays(opened.saved))


def find_refusal(path) -> str:
    """Returns the message of the refusal, which has the form of all messages."""
    with pytest.raises(InputError) as caught:
        read(path)
    message = str(caught.value)
    assert message.startswith(f"PyTorch file '{path}' must hold ")
    assert ", found " in message and ": probably " in message
    assert "\n" not in message
    return message


def push(value) -> bytes:
    """Returns the opcodes that push plain data."""
    return pickle.dumps(value, 2)[2:-1]


def push_storage(key="0", kind="FloatStorage", numel=6, more=()) -> bytes:
    start = b"(" + push("storage") + b"ctorch\n%s\n" % kind.encode()
    values = [key, "cpu", numel, *more]
    return start + b"".join(push(value) for value in values) + b"tQ"


def push_tensor(storage=None, offset=0, size=(2, 3), stride=(3, 1), more=()) -> bytes:
    values = [offset, size, stride, False, None, *more]
    arguments = (storage or push_storage()) + b"".join(push(value) for value in values)
    return b"ctorch._utils\n_rebuild_tensor_v2\n(" + arguments + b"tR"


def pickle_state(*tensors: bytes) -> bytes:
    """Returns the pickle of a dict of the tensors, named "0", "1", ..."""
    items = (push(str(i)) + tensor + b"s" for i, tensor in enumerate(tensors))
    return b"\x80\x02}" + b"".join(items) + b"."


SIX_FLOATS = struct.pack("<6f", *range(6))
MAGIC = 0x1950A86A20F9469CFC6C
SYSTEM = {"protocol_version": 1001, "little_endian": True, "type_sizes": {}}


def make_unzipped(
    state: bytes, keys=("0",), raw=SIX_FLOATS, numel=6, start=(MAGIC, 1001, SYSTEM)
) -> bytes:
    facts = b"".join(pickle.dumps(fact, 2) for fact in start)
    storage = struct.pack("<q", numel) + raw if keys else b""
    return facts + state + pickle.dumps(list(keys), 2) + storage


def make_zipped(
    state: bytes, more=(), raw=SIX_FLOATS, method=zipfile.ZIP_STORED
) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", method) as archive:
        archive.writestr("archive/data.pkl", state)
        archive.writestr("archive/data/0", raw)
        for name, content in more:
            archive.writestr(name, content)
    return stream.getvalue()
