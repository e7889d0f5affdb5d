"""Reads the sorted table of keys and values that the index of a checkpoint is.

TensorFlow's own reader trusts the index: it stops the process where a number in it is
wrong. The reader here checks each number before it uses it, and takes time and memory
in proportion to the size of the file.

The format is LevelDB's: blocks of entries, a block with the position of each of these
blocks, and a footer with the position of that block. In a block, an entry does not
repeat what its key shares with the key before it. Some entries, the restart points,
have a whole key; their positions are at the end of the block. Format:
https://github.com/google/leveldb/blob/main/doc/table_format.md.
"""

from __future__ import annotations

import struct
from typing import Iterator, NamedTuple

# A training checkpoint of the largest network has about 5,000 entries in 0.5 MB.
MAX_FILE_BYTES = 2**24
_MAX_ENTRIES = 2**17
_MAX_KEY_BYTES = 2**10

_FOOTER_BYTES = 48
_MAGIC_NUMBER = 0xDB4775248B80FB57
# A byte for the compression and four for the checksum follow each block. TensorFlow
# checks the checksums.
_TRAILER_BYTES = 5
_VARINT_BYTES = 10
_RESTART = struct.Struct("<I")


class DamagedError(Exception):
    """A file is damaged. The message says what was found in it."""


class _Block(NamedTuple):
    """The place of a block in the file, in bytes, without its trailer."""

    start: int
    end: int


def read_entries(content: bytes) -> list[tuple[bytes, bytes]]:
    """Returns the entries of a table.

    Args:
      content: the whole file.

    Returns:
      Each key with its value, in ascending order of the keys.

    Raises:
      DamagedError: if the file is no such table, is damaged, is compressed, or holds
        more than a checkpoint needs.
    """
    entries: list[tuple[bytes, bytes]] = []
    end_of_blocks = 0
    for separator, handle in _read_block(content, _find_index(content)):
        block, used = _read_handle(handle, 0)
        if used != len(handle) or block.start < end_of_blocks:
            raise DamagedError("a block at an impossible position in the index")
        end_of_blocks = block.end + _TRAILER_BYTES
        above = entries[-1][0] if entries else None
        entries += _read_block(content, block, above, _MAX_ENTRIES - len(entries))
        if entries and entries[-1][0] > separator:
            raise DamagedError("keys in the wrong order in the index")
    return entries


def _find_index(content: bytes) -> _Block:
    """Returns the place of the block that lists the others, from the footer."""
    footer = content[-_FOOTER_BYTES:]
    if len(footer) < _FOOTER_BYTES or footer[-8:] != struct.pack("<Q", _MAGIC_NUMBER):
        raise DamagedError("an index without the end of one")
    _, used = _read_handle(footer, 0)  # Of a block that TensorFlow does not use.
    block, _ = _read_handle(footer, used)
    return block


def _read_handle(data: bytes, position: int) -> tuple[_Block, int]:
    """Returns the place of a block, and the position after what says it."""
    start, position = read_varint(data, position, len(data))
    size, position = read_varint(data, position, len(data))
    return _Block(start, start + size), position


def _read_block(
    content: bytes,
    block: _Block,
    above: bytes | None = None,
    most: int = _MAX_ENTRIES,
) -> Iterator[tuple[bytes, bytes]]:
    """Yields the entries of a block.

    Args:
      content: the whole file.
      block: the place of the block.
      above: the key that all keys must be greater than.
      most: how many entries there may be.
    """
    end, restarts = _read_restarts(content, block)
    position, key = block.start, b""
    while position < end:
        if most == 0:
            raise DamagedError(f"more than {_MAX_ENTRIES} entries in the index")
        most -= 1
        is_restart = position - block.start in restarts
        restarts.discard(position - block.start)
        shared, position = read_varint(content, position, end)
        added, position = read_varint(content, position, end)
        size, position = read_varint(content, position, end)
        start_of_value = position + added
        if start_of_value + size > end or shared > (0 if is_restart else len(key)):
            raise DamagedError("an entry that reaches outside its block in the index")
        if shared + added > _MAX_KEY_BYTES:
            raise DamagedError(f"a name of {shared + added} bytes in the index")
        key = key[:shared] + content[position:start_of_value]
        if above is not None and key <= above:
            raise DamagedError("keys in the wrong order in the index")
        position = start_of_value + size
        yield key, content[start_of_value:position]
        above = key
    if restarts:
        raise DamagedError("a wrong list of restart points in the index")


def _read_restarts(content: bytes, block: _Block) -> tuple[int, set[int]]:
    """Returns where the entries of a block end, and where those without prefix begin.

    The latter are relative to the start of the block.
    """
    if block.end + _TRAILER_BYTES > len(content) - _FOOTER_BYTES:
        raise DamagedError("a block that reaches outside the index")
    if content[block.end] != 0:
        raise DamagedError("a compressed index, which TensorFlow does not write")
    size = block.end - block.start
    if size < _RESTART.size:
        raise DamagedError("an empty block in the index")
    (count,) = _RESTART.unpack_from(content, block.end - _RESTART.size)
    end = block.end - _RESTART.size * (count + 1)
    if end < block.start or count == 0:
        raise DamagedError("a wrong list of restart points in the index")
    positions = struct.unpack_from(f"<{count}I", content, end)
    if positions[0] != 0 or list(positions) != sorted(set(positions)):
        raise DamagedError("a wrong list of restart points in the index")
    # An empty block has one restart point, and no entry.
    return end, set(positions) if end > block.start else set()


def read_varint(data: bytes, position: int, end: int) -> tuple[int, int]:
    """Returns an unsigned number of at most 63 bits, and the position after it.

    Args:
      data: the bytes that it is in.
      position: where it starts.
      end: where it ends at the latest.

    Raises:
      DamagedError: if it does not end there, or is larger.
    """
    value = 0
    for count, byte in enumerate(data[position : min(end, position + _VARINT_BYTES)]):
        value |= (byte & 0x7F) << 7 * count
        if byte < 0x80:
            if value >= 2**63:
                break
            return value, position + count + 1
    raise DamagedError("a number that is cut off or too large")
