"""Reads PyTorch state dicts (`.pth`) without PyTorch or executing code in them."""

from __future__ import annotations

import collections
import pathlib
import re
import weakref
from typing import Any, BinaryIO, Mapping

import numpy as np

from .... import digests, paths
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

    def __init__(self, place: str, file: BinaryIO) -> None:
        """Reads a file.

        Args:
          place: what messages call it.
          file: the file, which is closed when this object is not used any more.

        Raises:
          RefusedError: The file is cut off or damaged, or means to run code.
        """
        weakref.finalize(self, file.close)
        found = _read_contents(file)
        self._place = place
        self._read_storage = found.read_storage
        self.saved = found.saved
        self.unread = sorted(found.unread)

    def read_arrays(self, tensors: Any) -> Mapping[str, np.ndarray]:
        """Returns the tensors of a state dict by name, in its order.

        Args:
          tensors: `saved`, or the dict in it that is a state dict.

        Returns:
          Arrays of the shapes and dtypes of the tensors, except float32 for bfloat16.
          They are read-only and not always contiguous. Each is read when it is looked
          up, which is an InputError if it is damaged. What several tensors share is
          read once and kept.

        Raises:
          InputError: This is no dict of named tensors.
        """
        with refusal.naming(self._place, _EXPECTED):
            _check_is_dict(tensors)
            for name, tensor in tensors.items():
                _check_is_tensor(name, tensor)
                pytorch_tensor.check_tensor(name, tensor)
        uses = collections.Counter(
            tensor.elements.storage.key for tensor in tensors.values()
        )
        shared: dict[str, np.ndarray] = {}

        def read(name: str) -> np.ndarray:
            tensor = tensors[name]
            storage = tensor.elements.storage
            with refusal.naming(self._place, _EXPECTED):
                values = shared.get(storage.key)
                if values is None:
                    with whole_file.refuse_errors(_EXPECTED):
                        raw = self._read_storage(storage)
                    values = pytorch_tensor.storage_values(storage, raw)
                if uses[storage.key] > 1:
                    shared[storage.key] = values
                return pytorch_tensor.tensor_array(name, tensor, values)

        return contents.LazyArrays(tensors, read)


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
        file = whole_file.open_file(path, _EXPECTED, max_bytes)
        try:
            with whole_file.refuse_errors(_EXPECTED):
                _check_hash_in_name(path, file)
                return SavedFile(place, file)
        except BaseException:
            file.close()
            raise


def _check_hash_in_name(path: str, file: BinaryIO) -> None:
    match = _HASH_IN_NAME.search(pathlib.Path(path).name)
    if not match:
        return
    expected = match.group(1)
    found = digests.of_stream(file)
    if not found.startswith(expected):
        raise RefusedError(
            f"the SHA-256 that the file's name promises, {expected}...",
            f"{found[: len(expected)]}...",
            "the file was cut off or damaged, or the digits in its name are no hash "
            "and it should be renamed",
        )


def _read_contents(file: BinaryIO) -> pytorch_archive.Contents:
    file.seek(0)
    start = file.read(64)
    file.seek(0)
    if zip_members.is_zipped(start):
        return pytorch_archive.read_zipped(file)
    if not start.startswith(b"\x80"):
        raise whole_file.describe_other(start, _EXPECTED)
    return pytorch_archive.read_unzipped(file)


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
