"""Reads PyTorch state dicts (`.pth`) without PyTorch or executing code in them."""

from __future__ import annotations

import hashlib
import os
import pathlib
import re
from typing import Any

import numpy as np

from .... import paths
from ....errors import InputError
from . import inert_pickle, pytorch_archive, pytorch_tensor
from .inert_pickle import RefusedError

# The weights of the largest network, four times.
_MAX_BYTES = 2**33

# `torch.hub` compares the digits in a file's name with the start of its SHA-256. Most
# names have eight digits: https://pytorch.org/docs/stable/hub.html.
_HASH_IN_NAME = re.compile(r"-([0-9a-f]{8,64})\.pth$")

# Messages repeat the names of tensors.
_LONGEST_NAME = 1000

# The first bytes of other files that users often save under the name of a .pth file.
_OTHER_FILES = (
    (b"version https://git-lfs", "a Git LFS pointer", "`git lfs pull` was not run"),
    (b"<", "an HTML or XML page", "the download got an error or login page"),
    (b"\x1f\x8b", "a gzip file", "the download was not unpacked"),
    (b"\x89HDF", "an HDF5 file", "the file is Keras's rather than PyTorch's"),
)


def read_state_dict(path: str, max_bytes: int = _MAX_BYTES) -> dict[str, np.ndarray]:
    """Returns the tensors of a PyTorch state dict by name, in the file's order.

    Reads both formats of `torch.save`, and also a checkpoint that has the state dict
    under "state_dict". Nothing in the file is run or imported.

    If the file is named as for `torch.hub`, `<name>-<at least eight hex digits>.pth`,
    its SHA-256 must begin with these digits. No other check finds a flipped bit in the
    format before PyTorch 1.6.

    Args:
      path: The file.
      max_bytes: The size that the file may have.

    Returns:
      Arrays of the shapes and dtypes of the tensors, except float32 for bfloat16. They
      are read-only, not always contiguous, and share memory where the tensors did:
      together they take about the size of the file.

    Raises:
      InputError: The file cannot be read, is cut off or damaged, is no state dict, or
        has anything that plain tensors do not need.
    """
    paths.check_is_file(f"PyTorch file '{path}'", path)
    try:
        data = _read_file(path, max_bytes)
        _check_hash_in_name(path, data)
        return _read_tensors(data)
    except RefusedError as error:
        raise InputError(f"PyTorch file '{path}' {error}") from error
    except MemoryError as error:
        raise InputError(
            f"PyTorch file '{path}' must hold a PyTorch state dict, found one that "
            "takes more memory than there is: probably the file was damaged or made "
            "to do so"
        ) from error


def _read_file(path: str, max_bytes: int) -> bytes:
    try:
        if not pathlib.Path(path).is_file():
            raise FileNotFoundError("no such file")
        size = os.path.getsize(path)
        data = pathlib.Path(path).read_bytes() if size <= max_bytes else b""
    except (OSError, ValueError) as error:
        raise RefusedError(
            "a PyTorch state dict",
            f"nothing that can be read ({getattr(error, 'strerror', None) or error})",
            "a mistake in the path, or in its permissions",
        ) from error
    if size > max_bytes:
        raise RefusedError(
            f"at most {max_bytes} bytes",
            f"{size}",
            "it is of a larger network, or more was saved than weights",
        )
    return data


def _check_hash_in_name(path: str, data: bytes) -> None:
    match = _HASH_IN_NAME.search(pathlib.Path(path).name)
    if not match:
        return
    expected = match.group(1)
    found = hashlib.sha256(data).hexdigest()
    if not found.startswith(expected):
        raise RefusedError(
            f"the SHA-256 that the file's name promises, {expected}...",
            f"{found[: len(expected)]}...",
            "the file was cut off or damaged, or the digits in its name are no hash "
            "and it should be renamed",
        )


def _read_tensors(data: bytes) -> dict[str, np.ndarray]:
    contents = _read_contents(data)
    tensors = _unwrap(contents.saved)
    for name, tensor in tensors.items():
        _check_is_tensor(name, tensor)
    return {
        name: pytorch_tensor.tensor_array(
            name, tensor, contents.storages[tensor.elements.storage.key]
        )
        for name, tensor in tensors.items()
    }


def _read_contents(data: bytes) -> pytorch_archive.Contents:
    if pytorch_archive.is_zipped(data):
        return pytorch_archive.read_zipped(data)
    _check_is_pickle(data)
    return pytorch_archive.read_unzipped(data)


def _check_is_pickle(data: bytes) -> None:
    if data.startswith(b"\x80"):
        return
    expected = "a PyTorch state dict"
    if not data:
        raise RefusedError(expected, "an empty file", "the download did not begin")
    for start, kind, cause in _OTHER_FILES:
        if data[:64].lstrip().startswith(start):
            raise RefusedError(expected, kind, cause)
    raise RefusedError(
        expected,
        f"a file that begins with {data[:8]!r}",
        "it is of another kind, or damaged",
    )


def _unwrap(saved: Any) -> dict[Any, Any]:
    """Returns the state dict that was saved, or the one inside the checkpoint."""
    if isinstance(saved, dict) and isinstance(saved.get("state_dict"), dict):
        saved = saved["state_dict"]
    if not isinstance(saved, dict) or not saved:
        emptiness = "empty " if isinstance(saved, dict) else ""
        raise RefusedError(
            "a dict of named tensors",
            f"an {emptiness}object of type {type(saved).__name__}",
            "something else than model.state_dict() was saved",
        )
    return saved


def _check_is_tensor(name: Any, value: Any) -> None:
    if type(name) is str and (not name.isprintable() or len(name) > _LONGEST_NAME):
        raise RefusedError(
            f"names of at most {_LONGEST_NAME} printable characters",
            inert_pickle.quoted(name),
            "the file was damaged",
        )
    if type(name) is not str or not isinstance(value, pytorch_tensor.Tensor):
        raise RefusedError(
            "a dict of named tensors",
            f"{inert_pickle.quoted(str(name))} with a {type(value).__name__}",
            "a whole training checkpoint was saved, under keys unknown here",
        )
