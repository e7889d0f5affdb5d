"""Finds the output of a module that a user names, before TensorFlow is imported."""

from __future__ import annotations

import difflib
from typing import Any, NamedTuple

from .. import errors, escaping
from ..embedding import options
from ..signatures import names as signatures_lib

# In which an output is searched, in this order. Both have images as their only input.
_SIGNATURES = (signatures_lib.FEATURE_VECTOR, signatures_lib.CLASSIFICATION)
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
      errors.InputError: if the module has no such output.
    """
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


def _find_endpoint(meta_graph: Any, endpoint: str, path: str) -> Choice:
    known: list[str] = []
    for name in _SIGNATURES:
        if name in meta_graph.signature_def:
            outputs = sorted(meta_graph.signature_def[name].outputs)
            # Such as 'reduction_3' of 'efficientnet-b0/reduction_3'.
            short = [key for key in outputs if key.endswith("/" + endpoint)]
            if endpoint in outputs:
                return Choice(name, endpoint)
            if len(short) == 1:
                return Choice(name, short[0])
            known += outputs
    names = sorted({key.split("/")[-1] for key in known} - {signatures_lib.DEFAULT})
    similar = difflib.get_close_matches(endpoint, names, 1)
    question = f"is {similar[0]!r} meant?" if similar else "is the name mistyped?"
    raise errors.InputError(
        f"endpoint must be an output of module '{path}', found {endpoint!r}, but the "
        f"module has {escaping.list_names(names, _MOST_NAMES) or 'none'}: {question}"
    )
