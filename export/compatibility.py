"""Makes graphs load in the oldest supported TensorFlow, or refuses them by name.

What an old TensorFlow knows is in `known_ops/<version>.json`, which
`known_ops/generate.py` printed when run under it.
"""

from __future__ import annotations

import functools
import json
import os
from typing import Iterable

from efficientnet_hub import errors

# From oldest to newest.
OLD_TENSORFLOWS = ("1.13.1", "1.14.0", "1.15.5")
OLDEST_TENSORFLOW = OLD_TENSORFLOWS[0]

_KNOWN_OPS_DIR = os.path.join(os.path.dirname(os.path.abspath(__file__)), "known_ops")

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


@functools.lru_cache(maxsize=None)
def _known(version: str) -> dict:
    with open(os.path.join(_KNOWN_OPS_DIR, version + ".json")) as file:
        return json.load(file)


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
                    "node '%s' uses the output '%s', which FusedBatchNorm of "
                    "TensorFlow %s does not have" % (node.name, name, OLDEST_TENSORFLOW)
                )


def check(graph_def, version: str = OLDEST_TENSORFLOW) -> None:
    """Checks that a TensorFlow version knows all that is in a graph.

    Raises:
      errors.InputError: names the first op, attribute or type that it does not.
    """
    problem = find_unknown(graph_def, version)
    if problem:
        raise errors.InputError(
            "the module must load in TensorFlow %s, but %s" % (version, problem)
        )


def find_unknown(graph_def, version: str) -> str | None:
    """Returns what a TensorFlow version does not know of a graph, or None.

    Args:
      graph_def: a GraphDef.
      version: one of OLD_TENSORFLOWS.
    """
    known = _known(version)
    if graph_def.versions.min_consumer > known["graph_def_version"]:
        return "the graph's version needs a newer one: min_consumer is %d, not %d" % (
            graph_def.versions.min_consumer,
            known["graph_def_version"],
        )
    # A function of the graph's own library is called as an op without attributes.
    functions = graph_def.library.function
    ops = {**known["ops"], **{each.signature.name: {} for each in functions}}
    problem = _find_unknown_in_nodes(graph_def.node, ops)
    if problem:
        return problem
    for function in functions:
        problem = _find_unknown_in_nodes(function.node_def, ops)
        if problem:
            return "function '%s': %s" % (function.signature.name, problem)
    return None


def oldest_tensorflow(graph_defs: Iterable) -> str | None:
    """Returns the oldest version that knows all that is in some graphs.

    Returns:
      One of OLD_TENSORFLOWS, or None if the graphs need a newer one.
    """
    graph_defs = list(graph_defs)
    for version in OLD_TENSORFLOWS:
        if not any(find_unknown(graph_def, version) for graph_def in graph_defs):
            return version
    return None


def _find_unknown_in_nodes(nodes, ops: dict) -> str | None:
    for node in nodes:
        problem = _find_unknown_in_node(node, ops)
        if problem:
            return "node '%s': %s" % (node.name, problem)
    return None


def _find_unknown_in_node(node, ops: dict) -> str | None:
    if node.op not in ops:
        return "it does not know the op %s" % node.op
    known_attrs = ops[node.op]
    for name, value in node.attr.items():
        if name.startswith("_"):  # Annotations, which every version lets pass.
            continue
        if name not in known_attrs:
            return "it does not know the attribute '%s' of the op %s" % (name, node.op)
        allowed = known_attrs[name]
        unknown = allowed and [v for v in _plain_values(value) if v not in allowed]
        if unknown:
            return (
                "it does not know the value %s of the attribute '%s' of the op %s"
                % (
                    unknown[0],
                    name,
                    node.op,
                )
            )
    return None


def _plain_values(attr_value) -> list[int | str]:
    """The types (as numbers) or strings that an attribute holds."""
    kind = attr_value.WhichOneof("value")
    if kind == "type":
        return [attr_value.type]
    if kind == "s":
        return [attr_value.s.decode()]
    if kind == "list":
        return list(attr_value.list.type) + [s.decode() for s in attr_value.list.s]
    return []
