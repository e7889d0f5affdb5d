"""Reads the graph of a module for images, before TensorFlow is imported."""

from __future__ import annotations

from typing import Any

from ... import errors, escaping
from ...signatures import names as signatures_lib
from .. import claims as claims_lib
from ..saved_model import dtypes, graph_facts, module_files

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


def choose_size(meta_graph: Any, path: str, image_size: int | None) -> tuple[int, int]:
    """Returns the height and width in pixels of the images that a module gets.

    Args:
      meta_graph: a MetaGraphDef.
      path: what to call the module in errors.
      image_size: what the user chose, or None for what the module expects.

    Raises:
      errors.InputError: if neither says it.
    """
    if image_size is not None:
        return image_size, image_size
    expected = graph_facts.find_expected_image_size(meta_graph, path)
    if expected is None:
        raise errors.InputError(
            f"module '{path}' must say its expected image size, by an attached message "
            "or by the shape of its input, found neither: evaluate and embed accept it "
            "with --image_size"
        )
    return expected


def check_input(meta_graph: Any, signature: str, path: str) -> None:
    """Checks that a signature has images of floats, which are in [0, 1].

    TensorFlow would convert these numbers to integers, which are 0.

    Args:
      meta_graph: a MetaGraphDef.
      signature: the name of a signature in it.
      path: what to call the module in errors.

    Raises:
      errors.InputError: if it has no images, or images of another type.
    """
    inputs = meta_graph.signature_def[signature].inputs
    if signatures_lib.IMAGES not in inputs:
        raise errors.InputError(
            f"signature '{signature}' of module '{path}' must have the input "
            f"'{signatures_lib.IMAGES}', found {escaping.list_names(sorted(inputs))}: "
            "is it a module for images?"
        )
    dtype = dtypes.name(inputs[signatures_lib.IMAGES].dtype)
    if dtype not in _FLOATS:
        raise errors.InputError(
            f"the input '{signatures_lib.IMAGES}' of module '{path}' must be of "
            f"float32, with values in [0, 1], found {dtype}: does the "
            "module read the bytes of images?"
        )
