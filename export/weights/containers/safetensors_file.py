"""Reads the arrays of a `.safetensors` file.

The file is the length of a header in 8 bytes, the header, which is JSON, and the bytes
of the tensors: https://huggingface.co/docs/safetensors. The library `safetensors`
checks the header against the file. Its own function for numpy has no bfloat16.
"""

from __future__ import annotations

import struct
from typing import Any, Mapping, Sequence

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
      max_bytes: the size that it may have. Reading it takes as much memory in addition
        to the arrays.

    Returns:
      The arrays. The metadata are the texts by name that the writer chose, such as
      `{'format': 'pt'}`.

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
        return _parse(whole_file.read(path, _EXPECTED, max_bytes), library)


def _parse(data: bytes, library: Any) -> contents_lib.Contents:
    metadata = _read_metadata(data)
    arrays, stored, left_out = {}, {}, {}
    for name, tensor in _deserialize(data, library):
        contents_lib.check_name(name)
        if tensor["dtype"] in _TYPES:
            arrays[name] = _make_array(name, tensor)
            stored[name] = _describe(tensor)
        else:
            left_out[name] = _describe(tensor)
    return contents_lib.Contents(arrays, stored, left_out, metadata)


def _describe(tensor: Mapping[str, Any]) -> contents_lib.Stored:
    dtype = str(tensor["dtype"])
    return contents_lib.Stored(_NAMES.get(dtype, dtype), tuple(tensor["shape"]))


def _read_metadata(data: bytes) -> Mapping[str, str]:
    """Returns the texts beside the tensors; checks what the library does not check."""
    header = _read_header(data)
    contents_lib.check_count(len(header))
    metadata = header.get(_METADATA, {})
    if not isinstance(metadata, dict) or not all(
        isinstance(value, str) for value in metadata.values()
    ):
        raise _describe_damage("metadata that are no texts")
    return metadata


def _read_header(data: bytes) -> Mapping[str, Any]:
    if len(data) < _LENGTH.size:
        raise whole_file.describe_other(data, _EXPECTED)
    (length,) = _LENGTH.unpack_from(data)
    start = data[_LENGTH.size : _LENGTH.size + 1]
    if start != b"{":
        raise whole_file.describe_other(data[:64], _EXPECTED)
    if length > min(_MOST_HEADER_BYTES, len(data) - _LENGTH.size):
        raise _describe_damage(f"a header of {length} bytes")
    try:
        # Of two tensors of the same name, the library would take one.
        header = json_files.parse(data[_LENGTH.size : _LENGTH.size + length])
    except ValueError as error:
        found = refusal.quoted(errors.first_line(error))
        raise _describe_damage(f"a header that is no such JSON ({found})") from error
    if not isinstance(header, dict):
        raise _describe_damage("a header that is no JSON object")
    return header


def _deserialize(data: bytes, library: Any) -> Sequence[tuple[str, Any]]:
    """Returns the type, the shape and the bytes of each tensor, in the order of names.

    The library returns them in any order.
    """
    try:
        return sorted(library.deserialize(data), key=lambda tensor: tensor[0])
    except library.SafetensorError as error:
        found = refusal.quoted(errors.first_line(error))
        raise _describe_damage(f"what the library refuses ({found})") from error


def _make_array(name: str, tensor: Mapping[str, Any]) -> np.ndarray:
    flat = np.frombuffer(tensor["data"], _TYPES[tensor["dtype"]])
    if tensor["dtype"] == "BF16":
        flat = bfloat16.widen(flat)
    try:
        array = flat.reshape(tensor["shape"])
    except (OverflowError, ValueError) as error:
        shown = refusal.quoted(name)
        raise _describe_damage(f"tensor {shown} of an impossible shape") from error
    array.flags.writeable = False
    return array


def _describe_damage(found: str) -> RefusedError:
    return RefusedError(_EXPECTED, found, "the file was cut off or damaged")
