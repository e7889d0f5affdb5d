"""Reads and changes the names of nodes in a GraphDef: inputs, tensors, colocations."""

from __future__ import annotations

import re
from typing import Mapping, Sequence

from tensorflow.core.framework import graph_pb2, node_def_pb2

# '^node' is a control input. 'node' and 'node:1' are outputs of a node.
_NAME = re.compile(r"(?P<control>\^?)(?P<node>[^:]+)(?P<output>(:\d+)?)")
_COLOCATION = "_class"
_COLOCATED_WITH = "loc:@"


def node_of(name: str) -> str:
    """Returns the node in the name of a tensor or input, e.g. 'a' of 'a:1' or '^a'."""
    _, node, _ = _split(name)
    return node


def rename(name: str, names: Mapping[str, str]) -> str:
    """Replaces the node in the name of a tensor or an input.

    Args:
      name: a name, e.g. 'a:1'.
      names: the new name of each renamed node by its old name.

    Returns:
      The new name, e.g. 'b:1'.
    """
    control, node, output = _split(name)
    return control + names.get(node, node) + output


def _split(name: str) -> tuple[str, str, str]:
    match = _NAME.fullmatch(name)
    if match is None:
        raise ValueError(f"'{name}' must be the name of an input of a node")
    return match.group("control"), match.group("node"), match.group("output")


def rename_inputs(graph_def: graph_pb2.GraphDef, names: Mapping[str, str]) -> None:
    """Renames the inputs of all nodes.

    Args:
      graph_def: a GraphDef, changed in place.
      names: see `rename`.
    """
    for node in graph_def.node:
        node.input[:] = [rename(name, names) for name in node.input]


def colocated_nodes(node: node_def_pb2.NodeDef) -> list[str]:
    """Returns the names of the nodes that a NodeDef is colocated with."""
    if _COLOCATION not in node.attr:
        return []
    places = node.attr[_COLOCATION].list.s
    return [place.decode()[len(_COLOCATED_WITH) :] for place in places]


def colocate(node: node_def_pb2.NodeDef, names: Sequence[str]) -> None:
    """Replaces the nodes that a NodeDef is colocated with.

    Args:
      node: a NodeDef, changed in place.
      names: the names of the nodes, or an empty list for no colocation.
    """
    node.attr.pop(_COLOCATION, None)
    if names:
        places = [(_COLOCATED_WITH + name).encode() for name in names]
        node.attr[_COLOCATION].list.s.extend(places)
