"""Checks that the files of a module are whole, so that a program can load it."""

from __future__ import annotations

import os
from typing import Any

from ... import errors
from ..saved_model import module_files
from . import variables_files

_VARIABLE_OPS = {"VarHandleOp", "VariableV2", "Variable"}


def check(directory: str, module: str) -> None:
    """Checks the files of the graphs and of the variables; executes nothing.

    A graph that is too large to be read, or a text, is not checked.

    Args:
      directory: the directory of a module in any format.
      module: what messages call the module.

    Raises:
      errors.InputError: if a file is missing, truncated or damaged.
    """
    needs_variables = False
    path = os.path.join(directory, module_files.SAVED_MODEL_FILE)
    if os.path.isfile(path) and os.path.getsize(path) <= module_files.MAX_FILE_BYTES:
        saved_model = module_files.parse_graphs(directory, module)
        if not saved_model.meta_graphs:
            raise errors.InputError(
                f"module '{module}' must have a graph in "
                f"{module_files.SAVED_MODEL_FILE}, found none: is the file truncated "
                "or damaged?"
            )
        needs_variables = any(map(_has_variables, saved_model.meta_graphs))
    variables_files.check(directory, module, needs_variables)


def _has_variables(meta_graph: Any) -> bool:
    return any(node.op in _VARIABLE_OPS for node in meta_graph.graph_def.node)
