"""Writes tables as TFRecord files of `tf.train.Example` messages."""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import dependencies, errors
from . import tables

PATH, ERROR = "path", "error"
_START_BYTES = 2**16
_HEADER_BYTES = 12  # The length of a record and a checksum.


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
            start = file.read(_START_BYTES)
    except OSError:
        return False
    # The first record is an Example: the field 1, the features.
    is_example = start[_HEADER_BYTES : _HEADER_BYTES + 1] == b"\x0a"
    return is_example and all(b"\x0a" + _key(name) in start for name in (PATH, ERROR))


def _key(name: str) -> bytes:
    return bytes([len(name)]) + name.encode()
