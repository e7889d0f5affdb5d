"""Opens the variables of a module, of which each is read when it is compared."""

from __future__ import annotations

import os
from typing import Union

from ... import errors
from ..saved_model import module_files
from ..weights import module_variables
from ..weights.containers import (
    checkpoint_index,
    object_checkpoint,
    tensorflow_checkpoint,
)
from . import opened_module

Stored = Union[
    tensorflow_checkpoint.Checkpoint, object_checkpoint.VariableCheckpoint, None
]
_NO_NUMBERS = ("string", "variant", "resource")


def open_variables(module: opened_module.OpenedModule) -> Stored:
    """Opens the variables of a module.

    Args:
      module: the module.

    Returns:
      The variables, None if the module has none.

    Raises:
      errors.InputError: if they are damaged, or too large.
    """
    prefix = os.path.join(module.directory, module_files.VARIABLES_PREFIX)
    if not module.is_saved_model:
        module_variables.check(prefix, module.path)
    if not os.path.lexists(prefix + checkpoint_index.INDEX_ENDING):
        return None
    shown = os.path.join(module.path, module_files.VARIABLES_PREFIX)
    opened = tensorflow_checkpoint.Checkpoint(prefix, shown)
    if not module.is_saved_model:
        return opened
    model = (module.claims.facts or {})["model"]
    found = object_checkpoint.VariableCheckpoint(opened, f"{model}/")
    numbers = [name for name in opened.dtypes if is_number(opened, name)]
    total = sum(map(opened.count_bytes, numbers))
    most = module_variables.MAX_BYTES
    if total > most:
        raise errors.InputError(
            f"SavedModel '{module.path}' must have at most {most} bytes of "
            f"variables, found {total}: is it of a network?"
        )
    return found


def is_number(
    opened: tensorflow_checkpoint.Checkpoint | object_checkpoint.VariableCheckpoint,
    name: str,
) -> bool:
    """Returns whether a variable has numbers as its values."""
    return opened.dtypes[name] not in _NO_NUMBERS
