"""Replaces ops and attributes that the oldest supported TensorFlow does not know."""

from __future__ import annotations

from ... import errors
from . import supported_ops

# A newer op -> the older one that computes the same, and the newer one's
# attributes that the older one lacks. AddV2 has no gradient before 1.15.
# FusedBatchNorm, and not ...V2: the TFLite converter refuses that one. Only the
# outputs that both have may be used; the sixth of V3 belongs to its gradient.
_OLDER_OPS = {
    "AddV2": ("Add", ()),
    "FusedBatchNormV3": ("FusedBatchNorm", ("U", "exponential_avg_factor")),
}
# What only a newer TensorFlow knows, and tells no more than how to report on a node.
_REPORTING_ATTRS = {"VarHandleOp": ("debug_name",)}
# What the writer inferred, of as many outputs as its own op has: a reader infers the
# shapes anew, and complains where their number is another.
_INFERRED_ATTR = "_output_shapes"


def lower(graph_def) -> None:
    """Writes a graph's newer ops as the older ones that compute the same.

    Args:
      graph_def: a GraphDef, changed in place.

    Raises:
      errors.InputError: if an output is used that the older op does not have.
    """
    _check_sixth_outputs_unused(graph_def)
    for node in graph_def.node:
        removed = _REPORTING_ATTRS.get(node.op, ())
        if node.op in _OLDER_OPS:
            node.op, removed = _OLDER_OPS[node.op]
        for attr in (*removed, _INFERRED_ATTR):
            node.attr.pop(attr, None)


def _check_sixth_outputs_unused(graph_def) -> None:
    norms = {n.name for n in graph_def.node if n.op == "FusedBatchNormV3"}
    for node in graph_def.node:
        for name in node.input:
            if name.endswith(":5") and name[: -len(":5")] in norms:
                raise errors.InputError(
                    f"node '{node.name}' uses the output '{name}', which "
                    "FusedBatchNorm of TensorFlow "
                    f"{supported_ops.OLDEST_TENSORFLOW} does not have"
                )
