"""Writes arrays as the file that `torch.save` writes of a state dict, without PyTorch.

The file is a zip archive, whose members are not compressed: the pickle of a dict of
tensors, and the bytes of each tensor. Source: `torch/serialization.py`.
"""

from __future__ import annotations

import pickle
import zipfile
from typing import Mapping

import numpy as np

_ARCHIVE = "archive"
# Of the member that PyTorch checks: the version of the format.
_VERSION = b"3\n"
# The same bytes each time, see `storage.archive_writer`. No zip is older.
_TIME = (1980, 1, 1, 0, 0, 0)
_DICT = b"ccollections\nOrderedDict\n)R"
_START = b"\x80\x02" + _DICT + b"("
_END = b"u."
_NO_HOOKS = _DICT


def write(path: str, arrays: Mapping[str, np.ndarray]) -> None:
    """Writes a state dict of float32 tensors, which `torch.load` reads.

    Args:
      path: the file. It may be written in part if the disk is full: its directory must
        be one that the caller removes.
      arrays: float32 array of each tensor by its key. The order is kept.

    Raises:
      OSError: if the file cannot be written.
    """
    opcodes = [_START]
    for number, (key, array) in enumerate(arrays.items()):
        opcodes += [_push(key), _push_tensor(str(number), array)]
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        _add(archive, "data.pkl", b"".join([*opcodes, _END]))
        _add(archive, "byteorder", b"little")
        for number, array in enumerate(arrays.values()):
            _add(archive, f"data/{number}", array.astype("<f4", copy=False).tobytes())
        _add(archive, "version", _VERSION)


def _add(archive: zipfile.ZipFile, name: str, content: bytes) -> None:
    member = zipfile.ZipInfo(f"{_ARCHIVE}/{name}", _TIME)
    archive.writestr(member, content)


def _push(value: object) -> bytes:
    """Returns the opcodes that push plain data."""
    return pickle.dumps(value, 2)[2:-1]


def _push_tensor(key: str, array: np.ndarray) -> bytes:
    """Returns the opcodes that push a tensor of a storage of its own."""
    strides = tuple(
        int(np.prod(array.shape[axis + 1 :], dtype=np.int64))
        for axis in range(array.ndim)
    )
    storage = (
        b"(" + _push("storage") + b"ctorch\nFloatStorage\n" + _push(key) + _push("cpu")
    )
    storage += _push(array.size) + b"tQ"
    facts = _push(0) + _push(array.shape) + _push(strides) + _push(False) + _NO_HOOKS
    return b"ctorch._utils\n_rebuild_tensor_v2\n(" + storage + facts + b"tR"
