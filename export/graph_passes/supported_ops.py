"""Checks whether an old TensorFlow knows every op and attribute of a graph.

`known_ops/<version>.json` lists the ops and attributes of an old TensorFlow. The script
`known_ops/generate.py`, run with that TensorFlow, prints it.
"""

from __future__ import annotations

import functools
import json
import os
from typing import TYPE_CHECKING, Any, Dict, Iterable, List, Optional, Union

from ... import errors

if TYPE_CHECKING:  # This file is also used where TensorFlow is not installed.
    from tensorflow.core.framework import attr_value_pb2, graph_pb2, node_def_pb2

# From oldest to newest.
OLD_TENSORFLOWS = ("1.13.1", "1.14.0", "1.15.5")
OLDEST_TENSORFLOW = OLD_TENSORFLOWS[0]

_KNOWN_OPS_DIR = os.path.join(os.path.dirname(os.path.abspath(__file__)), "known_ops")


# By op and attribute: the values that it may have, or None for any value.
_Ops = Dict[str, Dict[str, Optional[List[Union[int, str]]]]]


@functools.lru_cache(maxsize=None)
def _read_known_ops(version: str) -> dict[str, Any]:
    with open(os.path.join(_KNOWN_OPS_DIR, version + ".json")) as file:
        return json.load(file)


def check(graph_def: graph_pb2.GraphDef, version: str = OLDEST_TENSORFLOW) -> None:
    """Checks that a TensorFlow version knows all ops and attributes of a graph.

    Raises:
      errors.InputError: names the first op, attribute or type that it does not know.
    """
    problem = find_unknown(graph_def, version)
    if problem:
        raise errors.InputError(
            f"the module must load in TensorFlow {version}, but {problem}"
        )


def find_unknown(graph_def: graph_pb2.GraphDef, version: str) -> str | None:
    """Finds the first op, attribute or type that a TensorFlow version does not know.

    Args:
      graph_def: a GraphDef.
      version: one of OLD_TENSORFLOWS.

    Returns:
      A description of it, or None if the version knows everything.
    """
    known = _read_known_ops(version)
    if graph_def.versions.min_consumer > known["graph_def_version"]:
        return (
            "the graph's version needs a newer one: min_consumer is "
            f"{graph_def.versions.min_consumer}, not {known['graph_def_version']}"
        )
    # A call of a function in the graph's library is an op without attributes.
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


def oldest_tensorflow(graph_defs: Iterable[graph_pb2.GraphDef]) -> str | None:
    """Returns the oldest version that knows all ops and attributes of some graphs.

    Returns:
      One of OLD_TENSORFLOWS, or None if the graphs need a newer version.
    """
    graph_defs = list(graph_defs)
    for version in OLD_TENSORFLOWS:
        if not any(find_unknown(graph_def, version) for graph_def in graph_defs):
            return version
    return None


def _find_unknown_in_nodes(
    nodes: Iterable[node_def_pb2.NodeDef], ops: _Ops
) -> str | None:
    for node in nodes:
        problem = _find_unknown_in_node(node, ops)
        if problem:
            return f"node '{node.name}': {problem}"
    return None


def _find_unknown_in_node(node: node_def_pb2.NodeDef, ops: _Ops) -> str | None:
    if node.op not in ops:
        return f"it does not know the op {node.op}"
    known_attrs = ops[node.op]
    for name, value in node.attr.items():
        if name.startswith("_"):  # An annotation, which every version ignores.
            continue
        if name not in known_attrs:
            return f"it does not know the attribute '{name}' of the op {node.op}"
        allowed = known_attrs[name]
        unknown = [v for v in _plain_values(value) if allowed and v not in allowed]
        if unknown:
            return (
                f"it does not know the value {unknown[0]} of the attribute '{name}' "
                f"of the op {node.op}"
            )
    return None


def _plain_values(attr_value: attr_value_pb2.AttrValue) -> list[int | str]:
    """Returns the types, as numbers, or the strings that an attribute holds."""
    kind = attr_value.WhichOneof("value")
    if kind == "type":
        return [attr_value.type]
    if kind == "s":
        return [attr_value.s.decode()]
    if kind == "list":
        return list(attr_value.list.type) + [s.decode() for s in attr_value.list.s]
    return []
