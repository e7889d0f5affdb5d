"""Reads the arrays of a `.safetensors` file.

The file is the length of a header in 8 bytes, the header, which is JSON, and the bytes
of the tensors: https://huggingface.co/docs/safetensors. The library `safetensors`
checks the header against the file. Its own function for numpy has no bfloat16.
"""

from __future__ import annotations

import os
import struct
import weakref
from typing import Any, BinaryIO, Mapping

import numpy as np

from .... import dependencies, errors, json_files, paths
from . import bfloat16, refusal, whole_file
from . import contents as contents_lib
from .refusal import RefusedError

_EXPECTED = "the tensors of a safetensors file"
_METADATA = "__metadata__"
_LENGTH = struct.Struct("<Q")
# The header of B7 with all its moving averages has 250 KB.
_MOST_HEADER_BYTES = 2**22
_TYPES = {"F16": "<f2", "F32": "<f4", "F64": "<f8", "BF16": "<u2"}
# What reports call the types. Others keep the names of the format.
_NAMES = {
    "F16": "float16",
    "F32": "float32",
    "F64": "float64",
    "BF16": "bfloat16",
    "BOOL": "bool",
    **{f"I{bits}": f"int{bits}" for bits in (8, 16, 32, 64)},
    **{f"U{bits}": f"uint{bits}" for bits in (8, 16, 32, 64)},
}


def read(path: str, max_bytes: int) -> contents_lib.Contents:
    """Returns the contents of a `.safetensors` file.

    Args:
      path: the file.
      max_bytes: the size that it may have.

    Returns:
      The arrays, each of which is read when it is looked up. The metadata are the texts
      by name that the writer chose, such as `{'format': 'pt'}`.

    Raises:
      errors.InputError: if the file cannot be read, is larger, is damaged, or has more
        than 20,000 tensors.
      errors.DependencyError: if the library is missing.
    """
    place = f"safetensors file '{path}'"
    paths.check_is_file(place, path)
    library = dependencies.optional(
        "safetensors", "safetensors", "reading .safetensors files"
    )
    with refusal.naming(place, _EXPECTED):
        file = whole_file.open_file(path, _EXPECTED, max_bytes)
        try:
            return _TensorFile(place, file, path, library).list_contents()
        except BaseException:
            file.close()
            raise


class _TensorFile:
    """An open file, which is closed when its arrays are not used any more."""

    def __init__(self, place: str, file: BinaryIO, path: str, library: Any) -> None:
        weakref.finalize(self, file.close)
        self._place = place
        self._file = file
        with whole_file.refuse_errors(_EXPECTED):
            self._start, header = _read_header(file)
        contents_lib.check_count(len(header))
        self._metadata = _pop_metadata(header)
        _check_by_library(path, library)
        # In the order of names, which the library does not keep.
        self._tensors = dict(sorted(header.items()))

    def list_contents(self) -> contents_lib.Contents:
        stored: dict[str, contents_lib.Stored] = {}
        left_out: dict[str, contents_lib.Stored] = {}
        for name, tensor in self._tensors.items():
            contents_lib.check_name(name)
            is_float = tensor["dtype"] in _TYPES
            (stored if is_float else left_out)[name] = _describe(tensor)
        for name in stored:
            _check_shape(name, self._tensors[name])
        arrays = contents_lib.LazyArrays(stored, self._read)
        return contents_lib.Contents(arrays, stored, left_out, self._metadata)

    def _read(self, name: str) -> np.ndarray:
        tensor = self._tensors[name]
        first, end = tensor["data_offsets"]
        with refusal.naming(self._place, _EXPECTED):
            with whole_file.refuse_errors(_EXPECTED):
                self._file.seek(self._start + first)
                raw = self._file.read(end - first)
            if len(raw) != end - first:
                raise _describe_damage("fewer bytes than when it was opened")
            return _make_array(raw, tensor)


def _describe(tensor: Mapping[str, Any]) -> contents_lib.Stored:
    dtype = str(tensor["dtype"])
    return contents_lib.Stored(_NAMES.get(dtype, dtype), tuple(tensor["shape"]))


def _pop_metadata(header: dict[str, Any]) -> Mapping[str, str]:
    """Returns the texts beside the tensors; checks what the library does not check."""
    metadata = header.pop(_METADATA, {})
    if not isinstance(metadata, dict) or not all(
        isinstance(value, str) for value in metadata.values()
    ):
        raise _describe_damage("metadata that are no texts")
    return metadata


def _read_header(file: BinaryIO) -> tuple[int, dict[str, Any]]:
    """Returns where the bytes of the tensors start, and their descriptions."""
    start = file.read(64)
    if len(start) < _LENGTH.size or start[_LENGTH.size : _LENGTH.size + 1] != b"{":
        raise whole_file.describe_other(start, _EXPECTED)
    (length,) = _LENGTH.unpack_from(start)
    size = os.fstat(file.fileno()).st_size
    if length > min(_MOST_HEADER_BYTES, size - _LENGTH.size):
        raise _describe_damage(f"a header of {length} bytes")
    file.seek(_LENGTH.size)
    try:
        # Of two tensors of the same name, the library would take one.
        header = json_files.parse(file.read(length))
    except ValueError as error:
        found = refusal.quoted(errors.first_line(error))
        raise _describe_damage(f"a header that is no such JSON ({found})") from error
    if not isinstance(header, dict):
        raise _describe_damage("a header that is no JSON object")
    return _LENGTH.size + length, header


def _check_by_library(path: str, library: Any) -> None:
    """Checks the header: the type, the shape and the bytes of each tensor."""
    try:
        with library.safe_open(path, framework="numpy"):
            pass  # It maps the file into memory, and reads the header only.
    except library.SafetensorError as error:
        found = refusal.quoted(errors.first_line(error))
        raise _describe_damage(f"what the library refuses ({found})") from error


def _check_shape(name: str, tensor: Mapping[str, Any]) -> None:
    try:
        np.broadcast_to(np.float64(0), tensor["shape"])
    except (OverflowError, ValueError) as error:
        shown = refusal.quoted(name)
        raise _describe_damage(f"tensor {shown} of an impossible shape") from error


def _make_array(raw: bytes, tensor: Mapping[str, Any]) -> np.ndarray:
    flat = np.frombuffer(raw, _TYPES[tensor["dtype"]])
    if tensor["dtype"] == "BF16":
        flat = bfloat16.widen(flat)
    array = flat.reshape(tensor["shape"])
    array.flags.writeable = False
    return array


def _describe_damage(found: str) -> RefusedError:
    return RefusedError(_EXPECTED, found, "the file was cut off or damaged")
