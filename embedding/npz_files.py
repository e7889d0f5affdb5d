"""Writes tables as `.npz`, the archives of `numpy.savez`."""

from __future__ import annotations

import functools
import io
import json
import lzma
import struct
import zipfile
import zlib
from typing import Callable, Iterator

import numpy as np

from . import tables

# Of what ZIP can represent, so that the same rows make the same bytes.
_TIME = (1980, 1, 1, 0, 0, 0)
# What reading a damaged archive raises. RuntimeErrors are those of members that seem to
# be encrypted, or compressed by a method that zipfile does not know.
DAMAGES = (
    OSError,
    ValueError,
    KeyError,
    EOFError,
    RuntimeError,
    MemoryError,
    struct.error,
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
)
PATHS, ERRORS, FACTS = "paths", "errors", "facts"


def check_dependencies() -> None:
    """Checks nothing: numpy is always there."""


def write(path: str, table: tables.Table) -> None:
    """Writes a table: the arrays `paths`, `errors`, `facts` and one for each column.

    Args:
      path: the file.
      table: what to write. It is read once for each array.
    """
    with open(path, "wb") as file, zipfile.ZipFile(file, "w") as archive:
        facts = np.array(json.dumps(dict(table.facts), sort_keys=True))
        _write_array(archive, FACTS, facts.dtype, (), iter([facts]))
        for name, texts in ((PATHS, _paths), (ERRORS, _errors)):
            _write_texts(archive, name, table, (), texts)
        for column in table.columns:
            if column.kind == tables.TEXT:
                texts = functools.partial(_values, name=column.name)
                _write_texts(archive, column.name, table, column.shape, texts)
                continue
            _write_array(
                archive,
                column.name,
                column.fill(0).dtype,
                (table.count, *column.shape),
                (rows.values[column.name] for rows in table.read()),
            )


def _paths(rows: tables.Rows) -> np.ndarray:
    return np.array(rows.paths, np.str_)


def _values(rows: tables.Rows, name: str) -> np.ndarray:
    return rows.values[name]


def _errors(rows: tables.Rows) -> np.ndarray:
    return np.array(rows.errors, np.str_)


def _write_texts(
    archive: zipfile.ZipFile,
    name: str,
    table: tables.Table,
    shape: tuple[int, ...],
    texts: Callable[[tables.Rows], np.ndarray],
) -> None:
    """Writes texts, compressed: numpy gives all of them the length of the longest."""
    length = max((texts(rows).dtype.itemsize for rows in table.read()), default=0)
    dtype = np.dtype(f"<U{max(1, length // 4)}")
    arrays = (texts(rows).astype(dtype) for rows in table.read())
    _write_array(
        archive, name, dtype, (table.count, *shape), arrays, zipfile.ZIP_DEFLATED
    )


def _write_array(
    archive: zipfile.ZipFile,
    name: str,
    dtype: np.dtype,
    shape: tuple[int, ...],
    arrays: Iterator[np.ndarray],
    compression: int = zipfile.ZIP_STORED,
) -> None:
    header = io.BytesIO()
    np.lib.format.write_array_header_1_0(
        header,
        {
            "descr": np.lib.format.dtype_to_descr(dtype),
            "fortran_order": False,
            "shape": shape,
        },
    )
    member = zipfile.ZipInfo(name + ".npy", _TIME)
    member.compress_type = compression
    with archive.open(member, "w", force_zip64=True) as file:
        file.write(header.getvalue())
        for array in arrays:
            file.write(np.ascontiguousarray(array).tobytes())


def is_own(path: str) -> bool:
    """Returns whether a file is a table that `write` wrote."""
    try:
        with zipfile.ZipFile(path) as archive:
            names = set(archive.namelist())
    except DAMAGES:
        return False
    return {f"{name}.npy" for name in (PATHS, ERRORS, FACTS)} <= names
