"""Writes the files that `torch.save` writes, without PyTorch."""

from __future__ import annotations

import pickle
import zipfile
from typing import Any

import numpy as np

_STORAGES = {
    "float32": "FloatStorage",
    "float16": "HalfStorage",
    "int64": "LongStorage",
}


def plain(value: Any) -> bytes:
    """Returns the opcodes that push an object, as `pickle` writes them."""
    return pickle.dumps(value, 2)[2:-1]


def write(path: Any, saved: Any) -> None:
    """Writes an object, in which each array is a tensor."""
    arrays: list[np.ndarray] = []
    opcodes = b"\x80\x02" + _push(saved, arrays) + b"."
    with zipfile.ZipFile(str(path), "w") as archive:
        archive.writestr("archive/data.pkl", opcodes)
        for key, value in enumerate(arrays):
            archive.writestr(f"archive/data/{key}", value.tobytes())


def _push(value: Any, arrays: list[np.ndarray]) -> bytes:
    if isinstance(value, dict):
        items = [plain(key) + _push(each, arrays) + b"s" for key, each in value.items()]
        return b"}" + b"".join(items)
    if isinstance(value, list):
        items = [_push(each, arrays) + b"a" for each in value]
        return b"]" + b"".join(items)
    if isinstance(value, np.ndarray):
        return _push_tensor(value, arrays)
    return plain(value)


def _push_tensor(value: np.ndarray, arrays: list[np.ndarray]) -> bytes:
    if value.dtype == np.float64:
        value = value.astype(np.float32)
    value = np.array(value, order="C")
    kind = b"ctorch\n%s\n" % _STORAGES[value.dtype.name].encode()
    key = plain(str(len(arrays)))
    arrays.append(value)
    strides = tuple(stride // value.itemsize for stride in value.strides)
    view = [plain(part) for part in (0, value.shape, strides, False, None)]
    return b"".join(
        [b"ctorch._utils\n_rebuild_tensor_v2\n((", plain("storage"), kind, key]
        + [plain("cpu"), plain(value.size), b"tQ", *view, b"tR"]
    )
