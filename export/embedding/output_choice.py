"""Finds the output of a module that a user names, before TensorFlow is imported."""

from __future__ import annotations

import difflib
import re
from typing import Any, NamedTuple

from ... import errors, escaping
from ...embedding import options, tables
from ...signatures import names as signatures_lib
from ..execution import image_graphs
from ..saved_model import dtypes

INDICES, NAMES, PROBABILITIES = "class_indices", "class_names", "probabilities"
# The signatures that are searched first.
_SIGNATURES = (signatures_lib.FEATURE_VECTOR, signatures_lib.CLASSIFICATION)
_NUMBERS = re.compile("(float|bfloat|u?int)[0-9]+|bool")
_MOST_NAMES = 5  # In a sentence.


class Choice(NamedTuple):
    """An output of a module.

    Attributes:
      signature: the name of a signature.
      key: the name of one of its outputs.
      column: the name of the column for it.
    """

    signature: str
    key: str
    column: str = "features"


def choose(meta_graph: Any, computation: options.Computation, path: str) -> Choice:
    """Returns the output to compute.

    Args:
      meta_graph: the graph for inference, a MetaGraphDef.
      computation: what the user chose.
      path: what to call the module in errors.

    Raises:
      errors.InputError: if the module has no such output, computes it of other inputs
        than images of float32, or it has no real numbers.
    """
    choice = _choose(meta_graph, computation, path)
    image_graphs.check_input(meta_graph, choice.signature, path)
    outputs = meta_graph.signature_def[choice.signature].outputs
    if choice.key not in outputs:
        raise errors.InputError(
            f"signature '{choice.signature}' of module '{path}' must have the output "
            f"'{choice.key}', found {escaping.list_names(sorted(outputs))}: give one "
            "of them as --endpoint"
        )
    dtype = dtypes.name(outputs[choice.key].dtype)
    if not _NUMBERS.fullmatch(dtype):
        raise errors.InputError(
            f"endpoint must be an output of real numbers, found {choice.key!r} of "
            f"module '{path}' with values of {dtype}: is another output meant?"
        )
    return choice


def _choose(meta_graph: Any, computation: options.Computation, path: str) -> Choice:
    if computation.top_k is not None:
        _check_signature(meta_graph, signatures_lib.CLASSIFICATION, "top_k", path)
        return Choice(signatures_lib.CLASSIFICATION, signatures_lib.DEFAULT, "logits")
    if computation.endpoint == options.LOGITS:
        _check_signature(meta_graph, signatures_lib.CLASSIFICATION, "logits", path)
        return Choice(signatures_lib.CLASSIFICATION, signatures_lib.DEFAULT, "logits")
    if computation.endpoint == options.FEATURES:
        name = signatures_lib.FEATURE_VECTOR
        _check_signature(meta_graph, name, "features", path)
        return Choice(name, signatures_lib.DEFAULT)
    return _find_endpoint(meta_graph, computation.endpoint, path)


def list_columns(
    choice: Choice, top_k: int | None, has_names: bool, shape: tuple[int, ...]
) -> list[tables.Column]:
    """Returns the columns of an output.

    Args:
      choice: the output.
      top_k: number of classes, or None for the output itself.
      has_names: whether the classes have names.
      shape: of a row of the output.
    """
    if top_k is None:
        return [tables.Column(choice.column, tables.FLOAT, shape)]
    columns = [tables.Column(INDICES, tables.INTEGER, (top_k,))]
    if has_names:
        columns.append(tables.Column(NAMES, tables.TEXT, (top_k,)))
    return [*columns, tables.Column(PROBABILITIES, tables.FLOAT, (top_k,))]


def make_facts(
    digest: str,
    choice: Choice,
    computation: options.Computation,
    shape: tuple[int, ...],
    image_size: tuple[int, int],
) -> dict[str, Any]:
    """Returns how values are computed, as JSON can represent it.

    Args:
      digest: the SHA-256 of the module's files.
      choice: the output.
      computation: what the user chose.
      shape: of a row, for `top_k` the number of classes that is written.
      image_size: height and width of the images in pixels.
    """
    return {
        "module": digest,
        "signature": choice.signature,
        "output": choice.key,
        "top_k": None if computation.top_k is None else shape[0],
        "shape": list(shape),
        "resize": computation.resize,
        "image_size": list(image_size),
    }


def _check_signature(meta_graph: Any, name: str, purpose: str, path: str) -> None:
    found = sorted(meta_graph.signature_def)
    if name not in found:
        question = "is it meant for something else?"
        if signatures_lib.FEATURE_VECTOR in found:
            question = "is it a feature-vector module?"
        raise errors.InputError(
            f"module '{path}' must have the signature '{name}' for {purpose}, found "
            f"{escaping.list_names(found, _MOST_NAMES) or 'none'}: {question}"
        )


def _list_image_signatures(meta_graph: Any) -> list[str]:
    """Returns the names of the signatures whose only input is `images`."""
    found = [
        name
        for name, signature in sorted(meta_graph.signature_def.items())
        if list(signature.inputs) == [signatures_lib.IMAGES]
    ]
    first = [name for name in _SIGNATURES if name in found]
    return first + [name for name in found if name not in first]


def _find_endpoint(meta_graph: Any, endpoint: str, path: str) -> Choice:
    known: set[str] = set()
    for name in _list_image_signatures(meta_graph):
        outputs = sorted(meta_graph.signature_def[name].outputs)
        # Such as 'reduction_3' of 'efficientnet-b0/reduction_3'.
        short = [key for key in outputs if key.endswith("/" + endpoint)]
        if endpoint in outputs:
            return Choice(name, endpoint)
        if len(short) == 1:
            return Choice(name, short[0])
        known |= {key.split("/")[-1] for key in outputs}
    names = sorted(known - {signatures_lib.DEFAULT})
    similar = difflib.get_close_matches(endpoint, names, 1)
    question = f"is {similar[0]!r} meant?" if similar else "is the name mistyped?"
    raise errors.InputError(
        f"endpoint must be an output of module '{path}', found {endpoint!r}, but the "
        f"module has {escaping.list_names(names, _MOST_NAMES) or 'none'}: {question}"
    )
