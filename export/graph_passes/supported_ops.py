"""Checks whether an old TensorFlow knows every op and attribute of a graph.

What an old TensorFlow knows is in `known_ops/<version>.json`, which
`known_ops/generate.py` printed when run under it.
"""

from __future__ import annotations

import functools
import json
import os
from typing import Iterable

from ... import errors

# From oldest to newest.
OLD_TENSORFLOWS = ("1.13.1", "1.14.0", "1.15.5")
OLDEST_TENSORFLOW = OLD_TENSORFLOWS[0]

_KNOWN_OPS_DIR = os.path.join(os.path.dirname(os.path.abspath(__file__)), "known_ops")


@functools.lru_cache(maxsize=None)
def _known(version: str) -> dict:
    with open(os.path.join(_KNOWN_OPS_DIR, version + ".json")) as file:
        return json.load(file)


def check(graph_def, version: str = OLDEST_TENSORFLOW) -> None:
    """Checks that a TensorFlow version knows all that is in a graph.

    Raises:
      errors.InputError: names the first op, attribute or type that it does not.
    """
    problem = find_unknown(graph_def, version)
    if problem:
        raise errors.InputError(
            f"the module must load in TensorFlow {version}, but {problem}"
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
            return f"function '{function.signature.name}': {problem}"
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
            return f"node '{node.name}': {problem}"
    return None


def _find_unknown_in_node(node, ops: dict) -> str | None:
    if node.op not in ops:
        return f"it does not know the op {node.op}"
    known_attrs = ops[node.op]
    for name, value in node.attr.items():
        if name.startswith("_"):  # Annotations, which every version lets pass.
            continue
        if name not in known_attrs:
            return f"it does not know the attribute '{name}' of the op {node.op}"
        allowed = known_attrs[name]
        unknown = allowed and [v for v in _plain_values(value) if v not in allowed]
        if unknown:
            return (
                f"it does not know the value {unknown[0]} of the attribute '{name}' "
                f"of the op {node.op}"
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
