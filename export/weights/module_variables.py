"""Checks the variables of a module before TensorFlow restores them.

TensorFlow's reader stops the process at a damaged index, whatever restores it: a
program that loads the module, or an op in its graph.
"""

from __future__ import annotations

import os

from ... import errors
from ..saved_model import module_files
from .containers import checkpoint_index, sorted_table

# Twice the size of the largest network. TensorFlow restores all variables at once.
MAX_BYTES = 4 * 2**30


def check_in(directory: str, module: str) -> None:
    """Checks that TensorFlow can restore the variables in a directory, see `check`.

    Args:
      directory: the module's.
      module: what messages call the module.

    Raises:
      errors.InputError: see `check`.
    """
    check(os.path.join(directory, module_files.VARIABLES_PREFIX), module)


def check(prefix: str, module: str) -> None:
    """Checks that TensorFlow can restore the variables of a module.

    Reads the index only. TensorFlow checks the checksums of the values.

    Args:
      prefix: the prefix of the checkpoint in the directory of the module. Nothing may
        be there if the module has no variables.
      module: what messages call the module.

    Raises:
      errors.InputError: if the checkpoint is damaged, in an old format, or larger than
        the variables of a module.
    """
    if os.path.lexists(prefix):
        # TensorFlow reads this file, or a checkpoint in this folder.
        raise errors.InputError(
            f"module '{module}' must have its variables in files with endings, found "
            f"'{os.path.basename(prefix)}' without one: is it in the format before "
            "TensorFlow 1.0?"
        )
    if not os.path.lexists(prefix + checkpoint_index.INDEX_ENDING):
        return  # TensorFlow says which variable it does not find.
    try:
        _check_entries(prefix)
    except sorted_table.DamagedError as error:
        raise errors.InputError(
            f"module '{module}' must have sound variables, found {error}: is a file of "
            "it missing, truncated or damaged?"
        ) from error


def _check_entries(prefix: str) -> None:
    total = 0
    for name, entry in checkpoint_index.read(prefix).items():
        if not entry.has_fixed_size:
            # Their sizes are among their values, where TensorFlow trusts them.
            raise sorted_table.DamagedError(
                f"'{name}' of the type {entry.dtype.name}, which is no number"
            )
        total += entry.num_bytes
    if total > MAX_BYTES:
        raise sorted_table.DamagedError(f"{total} bytes, more than {MAX_BYTES}")
