"""Takes out of a graph what nobody uses: each node is imported, again and again.

`hub.Module` imports a module's graph once for its variables and once for each
application, node by node. Half of what TensorFlow writes is for nobody: second reads of
variables, checks whether they are initialized, equal constants.
"""

from __future__ import annotations

from typing import Iterable

from . import node_names, variable_definitions


def slim(meta_graph) -> None:
    """Reads each variable once, holds each constant once, drops what is unused.

    Args:
      meta_graph: a MetaGraphDef with its signatures, changed in place. Used is what
        its signatures, collections and Saver name, and what that takes.
    """
    graph_def = meta_graph.graph_def
    node_names.rename_inputs(graph_def, _second_reads(meta_graph))
    node_names.rename_inputs(graph_def, _repeated_constants(graph_def))
    _prune(graph_def, _roots(meta_graph))


def _second_reads(meta_graph) -> dict[str, str]:
    """Returns the node that reads the same variable, by each node that does too.

    Only of reads that wait for nothing: they may happen at any moment.
    """
    first = {
        node_names.node_of(definition.variable_name): node_names.node_of(
            definition.snapshot_name
        )
        for definition in variable_definitions.definitions(meta_graph)
    }
    return {
        node.name: first[node_names.node_of(node.input[0])]
        for node in meta_graph.graph_def.node
        if node.op == "ReadVariableOp"
        and len(node.input) == 1
        and node.name != first[node_names.node_of(node.input[0])]
    }


def _repeated_constants(graph_def) -> dict[str, str]:
    """Returns the constant of the same value, by each that is not the first."""
    first, repeated = {}, {}
    for node in graph_def.node:
        if node.op != "Const" or node.input:
            continue
        value = node.attr["value"].tensor.SerializeToString(deterministic=True)
        place = (node.device, *node_names.neighbours(node))
        kept = first.setdefault((value, place), node.name)
        if kept != node.name:
            repeated[node.name] = kept
    return repeated


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
    return {node_names.node_of(name) for name in names if name}


def _prune(graph_def, roots: Iterable[str]) -> None:
    nodes = {node.name: node for node in graph_def.node}
    kept, found = set(), list(roots)
    while found:
        name = found.pop()
        if name not in kept:
            kept.add(name)
            found += map(node_names.node_of, nodes[name].input)
    remaining = [node for node in graph_def.node if node.name in kept]
    for node in remaining:
        neighbours = [
            name
            for name in node_names.neighbours(node)
            if name in kept and name != node.name
        ]
        node_names.colocate(node, neighbours)
    del graph_def.node[:]
    graph_def.node.extend(remaining)
