"""Writes checkpoints whose index is sound by its checksums, whatever it says."""

from __future__ import annotations

import pathlib
import struct

from tensorflow.core.framework import types_pb2
from tensorflow.core.protobuf import tensor_bundle_pb2

from efficientnet_hub.export.weights.containers import crc32c

DATA_BYTES = 4096

_NO_COMPRESSION = b"\0"
_MAGIC_NUMBER = struct.pack("<Q", 0xDB4775248B80FB57)


def varint(number: int) -> bytes:
    encoded = b""
    while number > 0x7F:
        encoded += bytes([number & 0x7F | 0x80])
        number >>= 7
    return encoded + bytes([number])


def entry(key: bytes, value: bytes, shared: int = 0) -> bytes:
    """An entry of a block, whose key begins with `shared` bytes of the one before."""
    return varint(shared) + varint(len(key)) + varint(len(value)) + key + value


def block(content: bytes, restarts=(0,)) -> bytes:
    """A block with these entries and restart points."""
    return content + struct.pack(f"<{len(restarts) + 1}I", *restarts, len(restarts))


def rows_block(rows) -> bytes:
    """A block of keys and values, each a restart point."""
    content, restarts = b"", []
    for key, value in rows:
        restarts.append(len(content))
        content += entry(key, value)
    return block(content, restarts or (0,))


def table(*blocks: bytes, separators=(), compression: bytes = _NO_COMPRESSION) -> bytes:
    """A table of blocks; the separators are by default greater than any key."""
    written, handles = b"", []
    for count, each in enumerate(blocks):
        separator = separators[count] if separators else b"\xff" * (count + 1)
        handles.append((separator, varint(len(written)) + varint(len(each))))
        written += _with_trailer(each, compression)
    index_block = rows_block(handles)
    footer = varint(0) + varint(0) + varint(len(written)) + varint(len(index_block))
    written += _with_trailer(index_block, _NO_COMPRESSION)
    return written + footer.ljust(40, b"\0") + _MAGIC_NUMBER


def _with_trailer(content: bytes, compression: bytes) -> bytes:
    crc = crc32c.masked(content + compression)
    return content + compression + struct.pack("<I", crc)


def index(rows) -> bytes:
    """The index with these keys and values."""
    return table(rows_block(rows))


def header(**fields) -> bytes:
    """A BundleHeaderProto, of one file unless the fields say something else."""
    message = tensor_bundle_pb2.BundleHeaderProto(num_shards=1)
    message.version.producer = 1
    for name, value in fields.items():
        setattr(message, name, value)
    return message.SerializeToString()


def tensor(
    shape=(2, 3),
    dtype=types_pb2.DT_FLOAT,
    offset=0,
    size=24,
    slices=(),
    checksum=None,
    **fields,
) -> bytes:
    """A BundleEntryProto, by default with the checksum of zeros.

    Each slice is a (start, length) for each axis, where the length may be None.
    """
    message = tensor_bundle_pb2.BundleEntryProto(
        dtype=dtype, offset=offset, size=size, **fields
    )
    message.shape.SetInParent()
    for dim in shape:
        message.shape.dim.add().size = dim
    for extents in slices:
        part = message.slices.add()
        for start, length in extents:
            extent = part.extent.add(start=start)
            if length is not None:
                extent.length = length
    if checksum is not None:
        message.crc32c = checksum
    elif not slices and 0 <= size <= DATA_BYTES:
        message.crc32c = crc32c.masked(bytes(size))
    return message.SerializeToString()


def string(text: bytes) -> bytes:
    """The bytes of a tensor that is a single string."""
    size = struct.pack("<I", len(text))
    return varint(len(text)) + struct.pack("<I", crc32c.masked(size)) + text


def write_string(prefix: pathlib.Path, name: str, content: bytes, **fields) -> str:
    """Writes a checkpoint of a single string, and returns the prefix.

    Args:
      prefix: where to.
      name: the name of the tensor.
      content: the bytes that are its value, of which the checksum is right.
      fields: those of the entry that are not those of a string.
    """
    if "checksum" not in fields:
        fields["checksum"] = _checksum_of_string(content)
    usual = {"shape": (), "dtype": types_pb2.DT_STRING, "size": len(content)}
    rows = [(b"", header()), (name.encode(), tensor(**{**usual, **fields}))]
    prefix.with_name(prefix.name + ".index").write_bytes(index(rows))
    prefix.with_name(prefix.name + ".data-00000-of-00001").write_bytes(content)
    return str(prefix)


def _checksum_of_string(content: bytes) -> int:
    """The checksum of the bytes of a string, whose length counts in a fixed size."""
    start = next((i for i, byte in enumerate(content) if byte < 0x80), 0) + 1
    length = sum((byte & 0x7F) << 7 * i for i, byte in enumerate(content[:start]))
    return crc32c.masked(struct.pack("<I", length & 0xFFFFFFFF) + content[start:])


def write(prefix: pathlib.Path, content: bytes) -> str:
    """Writes an index and zeros as values, and returns the prefix."""
    prefix.with_name(prefix.name + ".index").write_bytes(content)
    data = prefix.with_name(prefix.name + ".data-00000-of-00001")
    data.write_bytes(bytes(DATA_BYTES))
    return str(prefix)
