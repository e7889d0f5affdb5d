"""Reads PyTorch state dicts (`.pth`) without PyTorch or executing code in them."""

from __future__ import annotations

import hashlib
import pathlib
import re
from typing import Any

import numpy as np

from .... import paths
from . import (
    contents,
    inert_pickle,
    pickle_refusals,
    pytorch_archive,
    pytorch_tensor,
    refusal,
    whole_file,
    zip_members,
)
from .refusal import RefusedError

# The weights of the largest network, four times.
_MAX_BYTES = 2**33

# `torch.hub` compares the digits in a file's name with the start of its SHA-256. Most
# names have eight digits: https://pytorch.org/docs/stable/hub.html.
_HASH_IN_NAME = re.compile(r"-([0-9a-f]{8,64})\.pth$")

_EXPECTED = "a PyTorch state dict"


class SavedFile:
    """The content of a file of `torch.save`.

    Attributes:
      saved: The saved object: dicts, lists, tuples, text and numbers, with a
        `pytorch_tensor.Tensor` for each tensor, and an `inert_pickle.Unread` for each
        object of any other class.
      unread: The names of those classes.
    """

    def __init__(self, place: str, found: pytorch_archive.Contents) -> None:
        self._place = place
        self._storages = found.storages
        self.saved = found.saved
        self.unread = sorted(found.unread)

    def read_arrays(self, tensors: Any) -> dict[str, np.ndarray]:
        """Returns the tensors of a state dict by name, in its order.

        Args:
          tensors: `saved`, or the dict in it that is a state dict.

        Returns:
          Arrays of the shapes and dtypes of the tensors, except float32 for bfloat16.
          They are read-only, not always contiguous, and share memory where the tensors
          did: together they take about the size of the file.

        Raises:
          InputError: This is no dict of named tensors.
        """
        with refusal.naming(self._place, _EXPECTED):
            _check_is_dict(tensors)
            for name, tensor in tensors.items():
                _check_is_tensor(name, tensor)
            return {
                name: pytorch_tensor.tensor_array(
                    name, tensor, self._storages[tensor.elements.storage.key]
                )
                for name, tensor in tensors.items()
            }


def open_file(path: str, max_bytes: int = _MAX_BYTES) -> SavedFile:
    """Reads a file of `torch.save`, in either format. Nothing in it is run or imported.

    If the file is named as for `torch.hub`, `<name>-<at least eight hex digits>.pth`,
    its SHA-256 must begin with these digits. No other check finds a flipped bit in the
    format before PyTorch 1.6.

    Args:
      path: The file.
      max_bytes: The size that the file may have.

    Raises:
      InputError: The file cannot be read, is cut off or damaged, or means to run code.
    """
    place = f"PyTorch file '{path}'"
    paths.check_is_file(place, path)
    with refusal.naming(place, _EXPECTED):
        data = whole_file.read(path, _EXPECTED, max_bytes)
        _check_hash_in_name(path, data)
        return SavedFile(place, _read_contents(data))


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


def _read_contents(data: bytes) -> pytorch_archive.Contents:
    if zip_members.is_zipped(data):
        return pytorch_archive.read_zipped(data)
    if not data.startswith(b"\x80"):
        raise whole_file.describe_other(data[:64], _EXPECTED)
    return pytorch_archive.read_unzipped(data)


def _check_is_dict(saved: Any) -> None:
    if isinstance(saved, inert_pickle.Unread):
        raise RefusedError(
            "a dict of named tensors",
            f"an object of {refusal.quoted(saved.name)}",
            "the model was saved instead of model.state_dict()",
        )
    if not isinstance(saved, dict) or not saved:
        emptiness = "empty " if isinstance(saved, dict) else ""
        raise RefusedError(
            "a dict of named tensors",
            f"an {emptiness}object of type {type(saved).__name__}",
            "something else than model.state_dict() was saved",
        )


def _check_is_tensor(name: Any, value: Any) -> None:
    if type(name) is str:
        contents.check_name(name)
    if isinstance(value, inert_pickle.Unread):
        raise pickle_refusals.refuse_name(value.name)
    if type(name) is not str or not isinstance(value, pytorch_tensor.Tensor):
        raise RefusedError(
            "a dict of named tensors",
            f"{refusal.quoted(str(name))} with a {type(value).__name__}",
            "a whole training checkpoint was saved, under keys unknown here",
        )
