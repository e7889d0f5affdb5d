"""How a GraphDef names nodes: as inputs, as tensors, as neighbours."""

from __future__ import annotations

import re
from typing import Mapping, Sequence

# '^node', of which a node waits, or 'node' or 'node:1', of which it takes an output.
_NAME = re.compile(r"(?P<control>\^?)(?P<node>[^:]+)(?P<output>(:\d+)?)")
_COLOCATION = "_class"
_COLOCATED_WITH = "loc:@"


def node_of(name: str) -> str:
    """Returns the node of a tensor's or input's name, e.g. of 'a:1' or '^a'."""
    return _NAME.fullmatch(name).group("node")


def renamed(name: str, names: Mapping[str, str]) -> str:
    """Returns the name of a tensor or an input, where nodes get new names.

    Args:
      name: a name.
      names: the new name of each node that gets one.
    """
    match = _NAME.fullmatch(name)
    node = match.group("node")
    return match.group("control") + names.get(node, node) + match.group("output")


def rename_inputs(graph_def, names: Mapping[str, str]) -> None:
    """Lets all nodes of a GraphDef take their inputs by new names.

    Args:
      graph_def: changed in place.
      names: as of `renamed`.
    """
    for node in graph_def.node:
        node.input[:] = [renamed(name, names) for name in node.input]


def neighbours(node) -> list[str]:
    """Returns the names of the nodes that a NodeDef is colocated with."""
    if _COLOCATION not in node.attr:
        return []
    places = node.attr[_COLOCATION].list.s
    return [place.decode()[len(_COLOCATED_WITH) :] for place in places]


def colocate(node, names: Sequence[str]) -> None:
    """Leaves a NodeDef, changed in place, colocated with nodes of some names only."""
    node.attr.pop(_COLOCATION, None)
    if names:
        places = [(_COLOCATED_WITH + name).encode() for name in names]
        node.attr[_COLOCATION].list.s.extend(places)
