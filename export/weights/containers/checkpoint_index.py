"""Checks the index of a TensorFlow checkpoint before TensorFlow reads it.

TensorFlow's reader stops the process where an entry contradicts another, its shape or
the files. Nothing of the kind passes the checks here. Format:
`tensorflow/core/util/tensor_bundle/tensor_bundle.h`.
"""

from __future__ import annotations

import os
import stat
from typing import Iterable, Mapping

from . import partitioned_tensor, sorted_table, tensor_entry
from .sorted_table import DamagedError

INDEX_ENDING = ".index"
# TensorFlow writes no byte after the last tensor. This is room for an alignment.
_MAX_REST_BYTES = 2**16
# The values of a training checkpoint of the largest network are half of this.
_MAX_BYTES = 16 * 2**30

# Longer than the names of real variables, and short enough for one line.
_LONGEST_QUOTE = 120


def read(prefix: str) -> dict[str, tensor_entry.Entry]:
    """Reads the index of a checkpoint, and checks it against the sizes of its files.

    Args:
      prefix: the path of the files of the checkpoint without their endings.

    Returns:
      The entry of each tensor by name. A partitioned variable is one tensor.

    Raises:
      DamagedError: if a file is missing, or the index is damaged, or is not one that
        TensorFlow writes.
    """
    content = _read_index(prefix + INDEX_ENDING)
    rows = sorted_table.read_entries(content)
    if not rows or rows[0][0]:
        raise DamagedError("an index without a header")
    num_shards = tensor_entry.parse_header(rows[0][1])
    entries = {
        key: tensor_entry.parse(value, quote(key), num_shards)
        for key, value in rows[1:]
    }
    _check_positions(prefix, entries)
    slices = _find_slices(entries)
    return {_decode(key): entry for key, entry in entries.items() if key not in slices}


def quote(key: bytes) -> str:
    """Returns the name of a tensor in quotes, escaped and cut to fit into a message."""
    shown = repr(key.decode("utf-8", "backslashreplace"))
    if len(shown) > _LONGEST_QUOTE:
        return f"{shown[:_LONGEST_QUOTE]}... (cut)"
    return shown


def _read_index(path: str) -> bytes:
    size = _find_size(path)
    if size > sorted_table.MAX_FILE_BYTES:
        raise DamagedError(
            f"an index of {size} bytes, more than {sorted_table.MAX_FILE_BYTES}"
        )
    try:
        with open(path, "rb") as file:
            return file.read(sorted_table.MAX_FILE_BYTES)
    except OSError as error:
        raise _explain_unreadable(path, error) from error


def _find_size(path: str) -> int:
    """Returns the size of a file in bytes; other things than files are refused."""
    try:
        status = os.stat(path)
    except OSError as error:
        raise _explain_unreadable(path, error) from error
    if not stat.S_ISREG(status.st_mode):
        raise DamagedError(f"'{os.path.basename(path)}', which is no file")
    return status.st_size


def _explain_unreadable(path: str, error: OSError) -> DamagedError:
    return DamagedError(
        f"that '{os.path.basename(path)}' cannot be read ({error.strerror})"
    )


def _check_positions(prefix: str, entries: Mapping[bytes, tensor_entry.Entry]) -> None:
    """Checks that each tensor has bytes of its own, inside its file."""
    ends: dict[int, int] = {}
    sizes: dict[int, int] = {}
    in_order = sorted(entries.items(), key=lambda item: (item[1].offset, item[1].size))
    for key, entry in in_order:
        if entry.slices:
            continue
        shard = entry.shard
        if shard not in sizes:
            sizes[shard] = _find_size(prefix + entry.file_ending)
        if entry.offset + entry.size > sizes[shard]:
            raise DamagedError(f"{quote(key)} after the end of its file")
        if entry.offset < ends.get(shard, 0) and entry.size:
            raise DamagedError(f"{quote(key)} at the position of another tensor")
        ends[shard] = max(ends.get(shard, 0), entry.offset + entry.size)
    _check_sizes(sizes, ends)


def _check_sizes(sizes: Mapping[int, int], ends: Mapping[int, int]) -> None:
    """Checks that the files are not much larger than their tensors, or too large."""
    for shard, size in sizes.items():
        if size > ends[shard] + _MAX_REST_BYTES:
            raise DamagedError(
                f"{size} bytes in file {shard}, which has {ends[shard]} of tensors"
            )
    if sum(sizes.values()) > _MAX_BYTES:
        raise DamagedError(f"{sum(sizes.values())} bytes, more than {_MAX_BYTES}")


def _find_slices(entries: Mapping[bytes, tensor_entry.Entry]) -> set[bytes]:
    """Returns the keys of the parts of tensors, and checks the parts."""
    found: list[bytes] = []
    for key, entry in entries.items():
        if entry.slices:
            found += partitioned_tensor.find_slices(key, entry, entries, quote(key))
    _check_known(found, entries)
    return set(found)


def _check_known(
    slices: Iterable[bytes], entries: Mapping[bytes, tensor_entry.Entry]
) -> None:
    orphans = {
        key for key in entries if key.startswith(partitioned_tensor.SLICE_KEY)
    }.difference(slices)
    if orphans:
        raise DamagedError(f"{quote(min(orphans))}, a part of no tensor")


def _decode(key: bytes) -> str:
    try:
        name = key.decode("utf-8")
    except UnicodeDecodeError as error:
        raise DamagedError(f"the name {quote(key)}, which is not UTF-8") from error
    if not name.isprintable():  # Messages repeat it.
        raise DamagedError(f"the name {quote(key)}, which is not printable")
    return name
