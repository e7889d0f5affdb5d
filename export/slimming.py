"""Takes out of a graph what nobody uses: each node is imported, again and again.

`hub.Module` imports a module's graph once for its variables and once for each
application, node by node. Half of what TensorFlow writes is for nobody: second reads of
variables, checks whether they are initialized, equal constants.
"""

from __future__ import annotations

import re
from typing import Iterable

from efficientnet_hub.export import variable_definitions

_COLOCATION = "_class"
_COLOCATED_WITH = b"loc:@"


def slim(meta_graph) -> None:
    """Reads each variable once, holds each constant once, drops what is unused.

    Args:
      meta_graph: a MetaGraphDef with its signatures, changed in place. Used is what
        its signatures, collections and Saver name, and what that takes.
    """
    graph_def = meta_graph.graph_def
    _redirect(graph_def, _second_reads(meta_graph))
    _redirect(graph_def, _repeated_constants(graph_def))
    _prune(graph_def, _roots(meta_graph))


def _second_reads(meta_graph) -> dict[str, str]:
    """Returns the node that reads the same variable, by each node that does too.

    Only of reads that wait for nothing: they may happen at any moment.
    """
    first = {
        _node(definition.variable_name): _node(definition.snapshot_name)
        for definition in variable_definitions.definitions(meta_graph)
    }
    return {
        node.name: first[_node(node.input[0])]
        for node in meta_graph.graph_def.node
        if node.op == "ReadVariableOp"
        and len(node.input) == 1
        and node.name != first[_node(node.input[0])]
    }


def _repeated_constants(graph_def) -> dict[str, str]:
    """Returns the constant of the same value, by each that is not the first."""
    first, repeated = {}, {}
    for node in graph_def.node:
        if node.op != "Const" or node.input:
            continue
        value = node.attr["value"].tensor.SerializeToString(deterministic=True)
        colocation = (
            tuple(node.attr[_COLOCATION].list.s) if _COLOCATION in node.attr else ()
        )
        kept = first.setdefault((value, node.device, colocation), node.name)
        if kept != node.name:
            repeated[node.name] = kept
    return repeated


def _redirect(graph_def, replacements: dict[str, str]) -> None:
    """Lets all nodes take their inputs from what replaces a node, by its name."""
    for node in graph_def.node:
        for position, name in enumerate(node.input):
            replacement = replacements.get(_node(name))
            if replacement is not None:
                prefix = "^" if name.startswith("^") else ""
                node.input[position] = prefix + replacement


def _roots(meta_graph) -> set[str]:
    """Returns the names of the nodes that a graph's user asks for."""
    names = []
    for signature in meta_graph.signature_def.values():
        names += [info.name for info in signature.inputs.values()]
        names += [info.name for info in signature.outputs.values()]
    for collection in meta_graph.collection_def.values():
        names += collection.node_list.value
    for definition in variable_definitions.definitions(meta_graph):
        names += [
            definition.variable_name,
            definition.initializer_name,
            definition.snapshot_name,
        ]
    names += [meta_graph.saver_def.save_tensor_name]
    names += [meta_graph.saver_def.restore_op_name]
    return {_node(name) for name in names if name}


def _prune(graph_def, roots: Iterable[str]) -> None:
    nodes = {node.name: node for node in graph_def.node}
    kept, found = set(), list(roots)
    while found:
        name = found.pop()
        if name not in kept:
            kept.add(name)
            found += map(_node, nodes[name].input)
    remaining = [node for node in graph_def.node if node.name in kept]
    for node in remaining:
        _forget_dropped_neighbours(node, kept)
    del graph_def.node[:]
    graph_def.node.extend(remaining)


def _forget_dropped_neighbours(node, kept: set[str]) -> None:
    """Leaves a node colocated with others only, and those that are still there."""
    if _COLOCATION not in node.attr:
        return
    itself = _COLOCATED_WITH + node.name.encode()
    places = node.attr[_COLOCATION].list.s
    places[:] = [
        place
        for place in places
        if place != itself and place[len(_COLOCATED_WITH) :].decode() in kept
    ]
    if not places:
        del node.attr[_COLOCATION]


def _node(name: str) -> str:
    """Returns the node of a tensor's or input's name, e.g. of 'a:1' or '^a'."""
    return re.sub(r"^\^|:\d+$", "", name)
