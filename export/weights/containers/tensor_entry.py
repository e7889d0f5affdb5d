"""Checks the description of a tensor in the index of a checkpoint."""

from __future__ import annotations

from typing import Any, NamedTuple, Sequence

import tensorflow.compat.v1 as tf
from google.protobuf import message as protobuf_message
from tensorflow.core.protobuf import tensor_bundle_pb2

from .sorted_table import DamagedError

# The limit of numpy before 2.0.
_MAX_DIMENSIONS = 32
# No file has more elements. Below this limit a number of bytes is an int64.
_MAX_ELEMENTS = 2**48
# Types without a fixed number of bytes for each element.
_VARIABLE_SIZE = (tf.string, tf.variant, tf.resource)


class Entry(NamedTuple):
    """Where the values of a tensor are, and what they are.

    Attributes:
      dtype: their type.
      shape: the shape of the tensor.
      shard: the number of the file.
      num_shards: the number of files.
      offset: the position in the file, in bytes.
      size: the number of bytes.
      checksum: the masked CRC-32C of the bytes, see `crc32c`.
      slices: the TensorSliceProto of each part, if the tensor is in parts; the
        tensor has no bytes of its own then.
    """

    dtype: tf.DType
    shape: tuple[int, ...]
    shard: int
    num_shards: int
    offset: int
    size: int
    checksum: int
    slices: tuple[Any, ...]

    @property
    def file_ending(self) -> str:
        """What follows the prefix of the checkpoint in the path of the file."""
        return f".data-{self.shard:05d}-of-{self.num_shards:05d}"

    @property
    def num_bytes(self) -> int:
        """The number of bytes of the whole tensor, if each element has as many."""
        return _count_elements(self.shape) * self.dtype.size

    @property
    def has_fixed_size(self) -> bool:
        """Whether each element has the same number of bytes."""
        return self.dtype not in _VARIABLE_SIZE


def parse_header(value: bytes) -> int:
    """Returns the number of files with values, from the header of an index.

    Raises:
      DamagedError: if it is no header, or one that this TensorFlow cannot read.
    """
    header = _parse(value, tensor_bundle_pb2.BundleHeaderProto(), "a header")
    if header.endianness != header.LITTLE:
        raise DamagedError("another byte order than little-endian")
    version = header.version
    if version.producer < 0 or version.min_consumer > 1 or version.bad_consumers:
        raise DamagedError("another version of the format than 1")
    if header.num_shards < 1:
        raise DamagedError(f"{header.num_shards} files of values")
    return header.num_shards


def parse(value: bytes, name: str, num_shards: int) -> Entry:
    """Returns the description of a tensor.

    Args:
      value: a BundleEntryProto.
      name: what messages call the tensor.
      num_shards: the number of files with values.

    Raises:
      DamagedError: if TensorFlow cannot have written it.
    """
    proto = _parse(value, tensor_bundle_pb2.BundleEntryProto(), name)
    entry = Entry(
        dtype=_find_dtype(proto.dtype, name),
        shape=_read_shape(proto.shape, name),
        shard=proto.shard_id,
        num_shards=num_shards,
        offset=proto.offset,
        size=proto.size,
        checksum=proto.crc32c,
        slices=tuple(proto.slices),
    )
    if not 0 <= entry.shard < num_shards:
        raise DamagedError(f"{name} in file {entry.shard} of {num_shards}")
    if entry.offset < 0 or entry.size < 0:
        raise DamagedError(f"{name} at an impossible position")
    if not entry.slices:
        _check_size(entry, name)
    return entry


def _parse(value: bytes, message: Any, name: str) -> Any:
    try:
        message.ParseFromString(value)
    except protobuf_message.DecodeError as error:
        raise DamagedError(f"{name} that is no protocol message") from error
    # Two parsers agree on this form only, and TensorFlow writes no other.
    if message.SerializeToString(deterministic=True) != value:
        raise DamagedError(f"{name} that TensorFlow did not write")
    return message


def _find_dtype(number: int, name: str) -> tf.DType:
    try:
        dtype = tf.as_dtype(number)
    except TypeError as error:
        raise DamagedError(f"{name} of the unknown type {number}") from error
    if dtype != dtype.base_dtype:  # A reference.
        raise DamagedError(f"{name} of the type {dtype.name}")
    return dtype


def _read_shape(proto: Any, name: str) -> tuple[int, ...]:
    shape = tuple(dim.size for dim in proto.dim)
    if proto.unknown_rank or len(shape) > _MAX_DIMENSIONS or min(shape, default=0) < 0:
        raise DamagedError(f"{name} of an impossible shape")
    # TensorFlow multiplies the sizes before it finds one of 0.
    if _count_elements([max(size, 1) for size in shape]) >= _MAX_ELEMENTS:
        raise DamagedError(f"{name} of an impossible shape")
    return shape


def _check_size(entry: Entry, name: str) -> None:
    if not entry.has_fixed_size:
        # An element takes at least one byte.
        is_possible = entry.size >= _count_elements(entry.shape)
    else:
        is_possible = entry.size == entry.num_bytes
    if not is_possible:
        raise DamagedError(f"{name} of another size than its shape has")


def _count_elements(shape: Sequence[int]) -> int:
    count = 1
    for size in shape:
        count *= size
    return count
