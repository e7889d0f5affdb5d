"""Writes tables as TFRecord files of `tf.train.Example` messages."""

from __future__ import annotations

from typing import Any, BinaryIO, Iterator

import numpy as np

from .. import dependencies, errors
from . import tables

PATH, ERROR = "path", "error"
_HEADER_BYTES = 12  # The length of a record and a checksum.
_FIELD_1 = b"\x0a"  # The first byte of a field 1 whose value has a length.
_MOST_FEATURES = 8  # In an example of this module; there are fewer.
_LONGEST_NAME = 64


def check_dependencies() -> None:
    """Checks nothing: a command that embeds needs TensorFlow anyway."""


def write(path: str, table: tables.Table) -> None:
    """Writes a table: each example has `path`, `error` and a list for each column.

    Args:
      path: the file.
      table: what to write. The same rows make the same bytes.

    Raises:
      OSError: if the file cannot be written.
    """
    tf = dependencies.tensorflow().compat.v1
    try:
        with tf.python_io.TFRecordWriter(path) as writer:
            for rows in table.read():
                for index in range(len(rows)):
                    writer.write(_serialize(tf, table, rows, index))
    except tf.errors.OpError as error:
        # Which has the cause, such as a full disk, in its message.
        raise errors.find_cause(error, path) or error from error


def _serialize(tf: Any, table: tables.Table, rows: tables.Rows, index: int) -> bytes:
    features = {
        PATH: _bytes(tf, [rows.paths[index]]),
        ERROR: _bytes(tf, [rows.errors[index]]),
    }
    for column in table.columns:
        values = rows.values[column.name][index].reshape(-1)
        features[column.name] = _feature(tf, column, values)
    example = tf.train.Example(features=tf.train.Features(feature=features))
    # The order of a map is otherwise not defined.
    return example.SerializeToString(deterministic=True)


def _feature(tf: Any, column: tables.Column, values: np.ndarray) -> Any:
    if column.kind == tables.TEXT:
        return _bytes(tf, values.tolist())
    if column.kind == tables.INTEGER:
        return tf.train.Feature(int64_list=tf.train.Int64List(value=values.tolist()))
    return tf.train.Feature(float_list=tf.train.FloatList(value=values.tolist()))


def _bytes(tf: Any, texts: list[str]) -> Any:
    value = [text.encode() for text in texts]
    return tf.train.Feature(bytes_list=tf.train.BytesList(value=value))


def is_own(path: str) -> bool:
    """Returns whether a file seems to be a table that `write` wrote."""
    try:
        with open(path, "rb") as file:
            return {PATH, ERROR} <= {
                name.decode("utf-8", "replace") for name in _read_names(file)
            }
    except (OSError, ValueError):  # A ValueError of an offset that is too large.
        return False


def _read_names(file: BinaryIO) -> Iterator[bytes]:
    """Yields the names of the features of the first example.

    Values are skipped: they may be longer than all names together. What is no example
    has no names, or other ones.
    """
    file.seek(_HEADER_BYTES)
    if file.read(1) != _FIELD_1:  # Of an Example: its features.
        return
    end = _read_length(file) + file.tell()
    for _ in range(_MOST_FEATURES):
        if file.tell() >= end or file.read(1) != _FIELD_1:  # An entry of the map.
            return
        next_entry = _read_length(file) + file.tell()
        if file.read(1) != _FIELD_1:  # Its key.
            return
        yield file.read(min(_read_length(file), _LONGEST_NAME))
        file.seek(next_entry)


def _read_length(file: BinaryIO) -> int:
    """Reads a number of protobuf, of seven bits in each byte."""
    length = 0
    for shift in range(0, 64, 7):
        byte = file.read(1)
        if not byte:
            break
        length |= (byte[0] & 127) << shift
        if byte[0] < 128:
            break
    return length
