"""The messages of the process that reads an HDF5 file.

A message is a byte for its kind, the number of bytes of its content, and the content.
First comes a message that the process has started, then a description of the file,
and then the elements of each array in the order of the description. A refusal may come
instead of any message but the first.

A file may find a fault of the HDF5 library and take over the process. The reader of the
messages therefore checks them like a file.
"""

from __future__ import annotations

import json
import struct
from typing import IO, Any, BinaryIO, Mapping, Sequence

import numpy as np

from .... import aligned_arrays, escaping, json_files
from . import contents as contents_lib
from . import refusal

_HEAD = struct.Struct("<cQ")
_STARTED, _DESCRIPTION, _ARRAY, _REFUSAL = b"S", b"D", b"A", b"R"
_MOST_TEXT_BYTES = 2**24
_DTYPES = ("<f2", "<f4", "<f8")
# The limits of numpy before 2.0, and of a file.
_MOST_DIMENSIONS = 32
_MOST_ELEMENTS = 2**48


class CutOffError(Exception):
    """The process ended, or wrote what no process of this program writes."""


def write_start(stream: BinaryIO) -> None:
    """Writes that the process has started."""
    _write(stream, _STARTED, b"")


def write_description(
    stream: BinaryIO,
    arrays: Mapping[str, tuple[str, contents_lib.Stored]],
    left_out: Mapping[str, contents_lib.Stored],
    attributes: Mapping[str, Mapping[str, Any]],
) -> None:
    """Writes what is in a file.

    Args:
      stream: where to.
      arrays: the dtype of each array, one of '<f2', '<f4' and '<f8', and what the file
        says about it.
      left_out: see `contents.Contents`.
      attributes: see `hdf5_file.read`.

    Raises:
      refusal.RefusedError: if the names and texts are too long together.
    """
    document = {
        "arrays": [[name, *each] for name, each in arrays.items()],
        "left_out": left_out,
        "attributes": attributes,
    }
    content = json.dumps(document).encode()
    if len(content) > _MOST_TEXT_BYTES:
        raise refusal.RefusedError(
            f"at most {_MOST_TEXT_BYTES} bytes of names and texts",
            f"{len(content)}",
            "the file was damaged or made to do so",
        )
    _write(stream, _DESCRIPTION, content)


def write_array(stream: BinaryIO, array: np.ndarray) -> None:
    """Writes the elements of the next array, which is contiguous."""
    _write(stream, _ARRAY, array.reshape(-1).view(np.uint8))


def write_refusal(stream: BinaryIO, error: refusal.RefusedError) -> None:
    """Writes that the file is refused."""
    _write(stream, _REFUSAL, json.dumps(error.parts).encode())


def _write(stream: BinaryIO, kind: bytes, content: Any) -> None:
    stream.write(_HEAD.pack(kind, len(content)))
    stream.write(content)
    stream.flush()


def read_start(stream: IO[bytes]) -> None:
    """Waits until the process has started.

    Raises:
      CutOffError: if it ended before.
    """
    if _read_head(stream) != (_STARTED, 0):
        raise CutOffError


def read(stream: IO[bytes], max_bytes: int) -> contents_lib.Contents:
    """Reads the messages after the first one.

    Args:
      stream: the messages.
      max_bytes: the number of bytes that the arrays may have together.

    Raises:
      refusal.RefusedError: if the process refused the file.
      CutOffError: if the process ended too early, or wrote something else.
    """
    document = _read_document(stream)
    try:
        arrays = [_check_array(*each) for each in document["arrays"]]
        left_out = {
            name: _check_stored(name, each)
            for name, each in document["left_out"].items()
        }
        attributes = _check_attributes(document["attributes"])
    except (KeyError, TypeError, AttributeError) as error:
        raise CutOffError from error
    num_bytes = sum(dtype.itemsize * _count(each.shape) for _, dtype, each in arrays)
    if num_bytes > max_bytes:
        raise CutOffError
    contents_lib.check_count(len(arrays) + len(left_out))
    return contents_lib.Contents(
        {name: _read_array(stream, dtype, each.shape) for name, dtype, each in arrays},
        {name: each for name, _, each in arrays},
        left_out,
        {"attributes": attributes},
    )


def _read_document(stream: IO[bytes]) -> Any:
    kind, size = _read_head(stream)
    if kind == _REFUSAL:
        raise _read_refusal(stream, size)
    if kind != _DESCRIPTION:
        raise CutOffError
    return _read_json(stream, size)


def _check_array(
    name: Any, dtype: Any, stored: Any
) -> tuple[str, np.dtype, contents_lib.Stored]:
    checked = _check_stored(name, stored)
    if dtype not in _DTYPES or len(checked.shape) > _MOST_DIMENSIONS:
        raise CutOffError
    if _count([max(size, 1) for size in checked.shape]) > _MOST_ELEMENTS:
        raise CutOffError
    return name, np.dtype(dtype), checked


def _check_stored(name: Any, stored: Any) -> contents_lib.Stored:
    contents_lib.check_name(name)
    if not isinstance(stored, list) or len(stored) != 2:
        raise CutOffError
    type_, sizes = stored
    if not isinstance(type_, str) or not isinstance(sizes, list):
        raise CutOffError
    if not all(type(size) is int and size >= 0 for size in sizes):
        raise CutOffError
    contents_lib.check_name(type_)
    return contents_lib.Stored(type_, tuple(sizes))


def _check_attributes(document: Any) -> dict[str, dict[str, Any]]:
    for group, attributes in document.items():
        contents_lib.check_name(group)
        for value in attributes.values():
            texts = value if isinstance(value, list) else [value]
            if not all(isinstance(text, str) for text in texts):
                raise CutOffError
    return document


def _read_array(
    stream: IO[bytes], dtype: np.dtype, shape: tuple[int, ...]
) -> np.ndarray:
    kind, size = _read_head(stream)
    if kind == _REFUSAL:
        raise _read_refusal(stream, size)
    # Where it is float32, no copy of it is needed.
    array = aligned_arrays.empty(shape, dtype)
    if kind != _ARRAY or size != array.nbytes:
        raise CutOffError
    _read_into(stream, array.reshape(-1).view(np.uint8).data)
    array.flags.writeable = False
    return array


def _read_refusal(stream: IO[bytes], size: int) -> refusal.RefusedError:
    parts = _read_json(stream, size)
    if not isinstance(parts, list) or len(parts) != 3:
        raise CutOffError
    return refusal.RefusedError(*map(escaping.cut, parts))


def _read_json(stream: IO[bytes], size: int) -> Any:
    if size > _MOST_TEXT_BYTES:
        raise CutOffError
    content = bytearray(size)
    _read_into(stream, memoryview(content))
    try:
        return json_files.parse(bytes(content))
    except ValueError as error:
        raise CutOffError from error


def _read_head(stream: IO[bytes]) -> tuple[bytes, int]:
    head = bytearray(_HEAD.size)
    _read_into(stream, memoryview(head))
    kind, size = _HEAD.unpack(bytes(head))
    return kind, size


def _read_into(stream: Any, place: memoryview) -> None:
    while len(place):
        count = stream.readinto(place)
        if not count:
            raise CutOffError
        place = place[count:]


def _count(shape: Sequence[int]) -> int:
    count = 1
    for size in shape:
        count *= size
    return count
