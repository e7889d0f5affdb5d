"""The formats of tables, by the extensions of their files."""

from __future__ import annotations

import dataclasses
import os
from typing import Callable, Mapping

from .. import errors
from . import npz_files, parquet_files, tables, tfrecord_files

PARQUET = ".parquet"


@dataclasses.dataclass(frozen=True)
class Format:
    """A format of tables.

    Attributes:
      check_dependencies: raises errors.DependencyError if a package is missing.
      write: writes a table to a path.
      is_own: returns whether `write` wrote the file at a path.
    """

    check_dependencies: Callable[[], None]
    write: Callable[[str, tables.Table], None]
    is_own: Callable[[str], bool]


_FORMATS: Mapping[str, Format] = {
    PARQUET: Format(
        parquet_files.check_dependencies, parquet_files.write, parquet_files.is_own
    ),
    ".npz": Format(npz_files.check_dependencies, npz_files.write, npz_files.is_own),
    ".tfrecord": Format(
        tfrecord_files.check_dependencies, tfrecord_files.write, tfrecord_files.is_own
    ),
}


def choose(output: str) -> Format:
    """Returns the format of a file.

    Args:
      output: the path of the file.

    Raises:
      errors.InputError: if its extension is that of no format.
    """
    extension = os.path.splitext(output)[1]
    if extension not in _FORMATS:
        raise errors.InputError(
            f"output must be a file with the extension {', '.join(_FORMATS)}, found "
            f"{output!r}: the extension is the format"
        )
    return _FORMATS[extension]
