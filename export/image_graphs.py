"""Reads the graph of a module for images, before TensorFlow is imported."""

from __future__ import annotations

from typing import Any

from .. import errors
from ..signatures import names as signatures_lib
from . import claims as claims_lib
from .saved_model import dtypes, graph_facts, module_files

_FLOATS = ("float32", "float64", "float16", "bfloat16")


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


def check_input(meta_graph: Any, signature: str, path: str) -> None:
    """Checks that the images of a signature are floats, which are in [0, 1].

    TensorFlow would convert these numbers to integers, which are 0.

    Args:
      meta_graph: a MetaGraphDef.
      signature: the name of a signature in it.
      path: what to call the module in errors.

    Raises:
      errors.InputError: if they are not.
    """
    inputs = meta_graph.signature_def[signature].inputs
    if signatures_lib.IMAGES not in inputs:
        return  # Running it raises an error.
    dtype = dtypes.name(inputs[signatures_lib.IMAGES].dtype)
    if dtype not in _FLOATS:
        raise errors.InputError(
            f"the input '{signatures_lib.IMAGES}' of module '{path}' must be of "
            f"float32, with values in [0, 1], found {dtype}: does the "
            "module read the bytes of images?"
        )
