"""Writes tables as Parquet."""

from __future__ import annotations

import json
from typing import Any

import numpy as np

from .. import dependencies
from . import tables

# The facts of a table are in the metadata of the schema, as JSON.
FACTS = "efficientnet_hub"
_BYTES_OF_A_GROUP = 2**24
_MOST_ROWS_OF_A_GROUP = 2**16
_BYTES_OF_A_VALUE = 4  # And about as many of a text.


def check_dependencies() -> None:
    """Checks that Parquet can be written.

    Raises:
      errors.DependencyError: if pyarrow is missing.
    """
    dependencies.optional("pyarrow.parquet", "embed", "the format Parquet")


def write(path: str, table: tables.Table) -> None:
    """Writes a table: columns of lists, null where an image cannot be read.

    Args:
      path: the file.
      table: what to write. The same rows make the same bytes.
    """
    pyarrow = dependencies.optional("pyarrow", "embed", "the format Parquet")
    parquet = dependencies.optional("pyarrow.parquet", "embed", "the format Parquet")
    schema = make_schema(table)
    width = sum(column.width for column in table.columns)
    size = _BYTES_OF_A_GROUP // (_BYTES_OF_A_VALUE * max(1, width))
    size = max(1, min(_MOST_ROWS_OF_A_GROUP, size))
    with open(path, "wb") as file, parquet.ParquetWriter(file, schema) as writer:
        for rows in table.read_groups(size):
            arrays = _make_arrays(pyarrow, table, rows)
            batch = pyarrow.Table.from_arrays(arrays, schema=schema)
            writer.write_table(batch, row_group_size=size)


def make_schema(table: tables.Table) -> Any:
    """Returns the schema of a table, a `pyarrow.Schema`."""
    pyarrow = dependencies.optional("pyarrow", "embed", "the format Parquet")
    fields = [
        pyarrow.field("path", pyarrow.string(), nullable=False),
        pyarrow.field("error", pyarrow.string()),
    ]
    for column in table.columns:
        # No lists of a fixed size: pyarrow does not read those with null.
        kind = pyarrow.list_(_type_of(pyarrow, column))
        fields.append(pyarrow.field(column.name, kind))
    facts = json.dumps(dict(table.facts), sort_keys=True)
    return pyarrow.schema(fields, metadata={FACTS: facts})


def _type_of(pyarrow: Any, column: tables.Column) -> Any:
    return {
        tables.FLOAT: pyarrow.float32,
        tables.INTEGER: pyarrow.int32,
        tables.TEXT: pyarrow.string,
    }[column.kind]()


def _make_arrays(pyarrow: Any, table: tables.Table, rows: tables.Rows) -> list[Any]:
    is_damaged = np.array([bool(error) for error in rows.errors])
    arrays = [
        pyarrow.array(list(rows.paths), pyarrow.string()),
        pyarrow.array([error or None for error in rows.errors], pyarrow.string()),
    ]
    for column in table.columns:
        values = rows.values[column.name][~is_damaged].reshape(-1)
        if column.kind == tables.TEXT:
            values = values.tolist()
        flat = pyarrow.array(values, _type_of(pyarrow, column))
        # A list without a start is null.
        lengths = np.where(is_damaged, 0, column.width)
        starts = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int32)
        mask = np.append(is_damaged, False)
        offsets = pyarrow.array(starts, pyarrow.int32(), mask=mask)
        arrays.append(pyarrow.ListArray.from_arrays(offsets, flat))
    return arrays


def is_own(path: str) -> bool:
    """Returns whether a file is a table that `write` wrote."""
    parquet = dependencies.optional("pyarrow.parquet", "embed", "the format Parquet")
    try:
        with open(path, "rb") as file:
            metadata = parquet.read_schema(file).metadata or {}
    except (OSError, ValueError):  # pyarrow's errors are subclasses.
        return False
    return FACTS.encode() in metadata
