"""Replaces ops and attributes that the oldest supported TensorFlow does not know."""

from __future__ import annotations

from tensorflow.core.framework import graph_pb2

from ... import errors
from . import recomputation, supported_ops

# By newer op: the older op that computes the same, and the attributes that the older op
# does not have. AddV2 has no gradient before 1.15. FusedBatchNormV3 is not replaced by
# FusedBatchNormV2, which the TFLite converter refuses. The sixth output of
# FusedBatchNormV3 belongs to its gradient, and FusedBatchNorm does not have it.
_OLDER_OPS: dict[str, tuple[str, tuple[str, ...]]] = {
    "AddV2": ("Add", ()),
    "FusedBatchNormV3": ("FusedBatchNorm", ("U", "exponential_avg_factor")),
}
# Attributes of newer ops that only serve for messages about a node.
_REPORTING_ATTRS: dict[str, tuple[str, ...]] = {"VarHandleOp": ("debug_name",)}


def lower(graph_def: graph_pb2.GraphDef) -> None:
    """Replaces newer ops by older ops that compute the same.

    The shapes of outputs are removed, except those of functions. TensorFlow infers the
    others again when it reads the graph, and fails if the older op has fewer outputs.

    Args:
      graph_def: a GraphDef, changed in place.

    Raises:
      errors.InputError: if a node uses an output that the older op does not have.
    """
    _check_sixth_outputs_unused(graph_def)
    functions = {each.signature.name for each in graph_def.library.function}
    for node in graph_def.node:
        removed = _REPORTING_ATTRS.get(node.op, ())
        if node.op in _OLDER_OPS:
            node.op, removed = _OLDER_OPS[node.op]
        if node.op not in functions:
            removed = (*removed, recomputation.SHAPES)
        for attr in removed:
            node.attr.pop(attr, None)


def _check_sixth_outputs_unused(graph_def: graph_pb2.GraphDef) -> None:
    norms = {n.name for n in graph_def.node if n.op == "FusedBatchNormV3"}
    for node in graph_def.node:
        for name in node.input:
            if name.endswith(":5") and name[: -len(":5")] in norms:
                raise errors.InputError(
                    f"node '{node.name}' uses the output '{name}', which "
                    "FusedBatchNorm of TensorFlow "
                    f"{supported_ops.OLDEST_TENSORFLOW} does not have"
                )
