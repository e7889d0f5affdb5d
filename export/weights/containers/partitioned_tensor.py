"""Checks the tensors that a checkpoint holds in parts, of partitioned variables.

The index has an entry for the whole tensor, which lists its slices, and one for each
slice. `tf.get_variable` partitions a variable along one axis.
"""

from __future__ import annotations

from typing import Any, List, Mapping, Tuple

from .sorted_table import DamagedError
from .tensor_entry import Entry

# The first byte of the keys of slices.
SLICE_KEY = b"\0"


# The start and the length of a slice along each axis.
_Extents = List[Tuple[int, int]]


def find_slices(
    key: bytes, whole: Entry, entries: Mapping[bytes, Entry], name: str
) -> list[bytes]:
    """Returns the keys of the slices that a tensor consists of.

    Args:
      key: the key of the tensor, in UTF-8.
      whole: its entry, with slices.
      entries: the entries by key.
      name: what messages call the tensor.

    Raises:
      DamagedError: if the slices are not the whole tensor, each part once.
    """
    extents = [_read_extents(part, whole.shape, name) for part in whole.slices]
    _check_cover(extents, whole.shape, name)
    keys = [_encode_key(key, part) for part in whole.slices]
    for slice_key, extent in zip(keys, extents):
        shape = tuple(length for _, length in extent)
        found = entries.get(slice_key)
        if found is None or found.slices:
            raise DamagedError(f"{name} without one of its parts")
        if (found.dtype, found.shape) != (whole.dtype, shape):
            raise DamagedError(f"{name} with a part of another type or shape")
    return keys


def _read_extents(part: Any, shape: tuple[int, ...], name: str) -> _Extents:
    if len(part.extent) != len(shape) or not shape:
        raise DamagedError(f"{name} with a part of another rank")
    return [
        (extent.start, _read_length(extent, size))
        for extent, size in zip(part.extent, shape)
    ]


def _read_length(extent: Any, whole: int) -> int:
    """Returns the length of an extent, or a number if it is a whole axis."""
    return extent.length if extent.HasField("length") else whole


def _check_cover(slices: list[_Extents], shape: tuple[int, ...], name: str) -> None:
    """Checks that slices follow each other along one axis, and end where it ends."""
    axis = 0
    for candidate, size in enumerate(shape):
        if slices[0][candidate] != (0, size):
            axis = candidate
    end = 0
    for extents in sorted(slices, key=lambda extents: extents[axis]):
        start, length = extents[axis]
        expected = [(0, size) for size in shape]
        expected[axis] = (end, length)
        if extents != expected or length < 1:
            raise DamagedError(f"{name} in parts with gaps or overlaps")
        end += length
    if end != shape[axis]:
        raise DamagedError(f"{name} in parts with gaps or overlaps")


def _encode_key(key: bytes, part: Any) -> bytes:
    """Returns the key of a slice, as `EncodeTensorNameSlice` of TensorFlow does."""
    encoded = SLICE_KEY + _escape(key) + _encode_count(len(part.extent))
    for extent in part.extent:
        encoded += _encode_signed(extent.start)
        encoded += _encode_signed(_read_length(extent, -1))
    return encoded


def _escape(key: bytes) -> bytes:
    # The byte 0xFF is escaped too. UTF-8 does not have it.
    return key.replace(b"\0", b"\0\xff") + b"\0\x01"


def _encode_count(number: int) -> bytes:
    """Returns the number of bytes of a number, and these bytes."""
    length = (number.bit_length() + 7) // 8
    return bytes([length]) + number.to_bytes(length, "big")


def _encode_signed(number: int) -> bytes:
    """Returns a number in n bytes: n ones, a zero, and its bits.

    For a negative number, these are the bits of its complement, all inverted.
    """
    magnitude = ~number if number < 0 else number
    length = magnitude.bit_length() // 7 + 1
    ones = ((1 << length) - 1) << (7 * length)
    encoded = (ones | magnitude).to_bytes(length, "big")
    return bytes(byte ^ 0xFF for byte in encoded) if number < 0 else encoded
