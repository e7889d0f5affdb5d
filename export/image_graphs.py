"""Reads the graph of a module for images, before TensorFlow is imported."""

from __future__ import annotations

from typing import Any

from . import claims as claims_lib
from .saved_model import graph_facts, module_files


def read(directory: str, path: str) -> Any:
    """Returns the graph for inference of a module.

    Args:
      directory: the module's.
      path: what to call the module in errors.

    Returns:
      A MetaGraphDef.

    Raises:
      errors.InputError: if there is no such module, it is damaged, or it says of itself
        what its graphs contradict.
    """
    saved_model = module_files.read_saved_model(directory, path)
    claims_lib.check(saved_model, path)
    return graph_facts.for_inference(saved_model, path)
