"""The formats of tables, by the extensions of their files."""

from __future__ import annotations

import os
import types
from typing import Mapping

from .. import errors
from . import npz_files, parquet_files, tfrecord_files

PARQUET = ".parquet"
_WRITERS: Mapping[str, types.ModuleType] = {
    PARQUET: parquet_files,
    ".npz": npz_files,
    ".tfrecord": tfrecord_files,
}


def choose(output: str) -> types.ModuleType:
    """Returns the module that writes a file: its `write`, `is_own` and so on.

    Args:
      output: the path of the file.

    Raises:
      errors.InputError: if its extension is that of no format.
    """
    extension = os.path.splitext(output)[1]
    if extension not in _WRITERS:
        raise errors.InputError(
            f"output must be a file with the extension {', '.join(_WRITERS)}, found "
            f"{output!r}: the extension is the format"
        )
    return _WRITERS[extension]
