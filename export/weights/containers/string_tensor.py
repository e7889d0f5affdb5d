"""Reads a tensor of a checkpoint that is a single string.

TensorFlow's reader trusts the length in the file, and may stop the process. The bytes
are the length of the string as a varint, the checksum of the length, and the string.
Source: `WriteStringTensor` in `tensorflow/core/util/tensor_bundle/tensor_bundle.cc`.
"""

from __future__ import annotations

import struct

import tensorflow.compat.v1 as tf

from . import crc32c, sorted_table, tensor_entry
from .sorted_table import DamagedError

_NUMBER = struct.Struct("<I")


def read(prefix: str, entry: tensor_entry.Entry, name: str, max_bytes: int) -> bytes:
    """Returns the string.

    Args:
      prefix: the path of the files of the checkpoint without their endings.
      entry: the description of the tensor, which `checkpoint_index` has checked.
      name: what messages call the tensor.
      max_bytes: the size that it may have.

    Raises:
      DamagedError: if the tensor is not a single string, is larger, or its bytes are
        not what TensorFlow wrote.
    """
    if entry.dtype != tf.string or entry.shape or entry.slices:
        raise DamagedError(f"{name}, which is not a single string")
    if entry.size > max_bytes:
        raise DamagedError(f"{name} of {entry.size} bytes, more than {max_bytes}")
    content = _read_range(prefix + entry.file_ending, entry.offset, entry.size, name)
    length, position = sorted_table.read_varint(content, 0, len(content))
    start = position + _NUMBER.size
    if start + length != len(content):
        raise DamagedError(f"{name} of another length than it says")
    # The checksums are those of a number of fixed size, not of the varint.
    encoded = _NUMBER.pack(length)
    if content[position:start] != _NUMBER.pack(crc32c.masked(encoded)):
        raise DamagedError(f"{name} with a wrong checksum of its length")
    if crc32c.masked(encoded + content[position:]) != entry.checksum:
        raise DamagedError(f"{name} with a wrong checksum")
    return content[start:]


def _read_range(path: str, offset: int, size: int, name: str) -> bytes:
    try:
        with open(path, "rb") as file:
            file.seek(offset)
            return file.read(size)
    except OSError as error:
        raise DamagedError(f"{name}, which cannot be read") from error
