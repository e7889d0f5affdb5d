"""Removes unused and repeated nodes from a graph.

`hub.Module` imports each node of a module's graph once for the variables and once for
each application of the module. Half of the nodes that TensorFlow writes are not needed:
repeated reads of variables, checks whether variables are initialized, equal constants.
"""

from __future__ import annotations

from typing import Iterable

from tensorflow.core.framework import graph_pb2
from tensorflow.core.protobuf import meta_graph_pb2

from . import node_names, variable_definitions


def slim(meta_graph: meta_graph_pb2.MetaGraphDef) -> None:
    """Removes repeated reads of variables, repeated constants, and unused nodes.

    Args:
      meta_graph: a MetaGraphDef with its signatures, changed in place. The nodes that
        its signatures, collections and Saver name are used, and so are their inputs.
    """
    graph_def = meta_graph.graph_def
    node_names.rename_inputs(graph_def, _find_repeated_reads(meta_graph))
    node_names.rename_inputs(graph_def, _find_repeated_constants(graph_def))
    _prune(graph_def, _find_roots(meta_graph))


def _find_repeated_reads(meta_graph: meta_graph_pb2.MetaGraphDef) -> dict[str, str]:
    """Returns the first read of the same variable by each repeated read.

    A read with control inputs is not a repeated one: it must run after them.
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


def _find_repeated_constants(graph_def: graph_pb2.GraphDef) -> dict[str, str]:
    """Returns the first constant of the same value by each repeated constant."""
    first: dict[tuple, str] = {}
    repeated: dict[str, str] = {}
    for node in graph_def.node:
        if node.op != "Const" or node.input:
            continue
        value = node.attr["value"].tensor.SerializeToString(deterministic=True)
        place = (node.device, *node_names.colocated_nodes(node))
        kept = first.setdefault((value, place), node.name)
        if kept != node.name:
            repeated[node.name] = kept
    return repeated


def _find_roots(meta_graph: meta_graph_pb2.MetaGraphDef) -> set[str]:
    """Returns the nodes that the signatures, collections and the Saver name."""
    names: list[str] = []
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


def _prune(graph_def: graph_pb2.GraphDef, roots: Iterable[str]) -> None:
    """Removes the nodes that no root depends on."""
    nodes = {node.name: node for node in graph_def.node}
    kept: set[str] = set()
    found = list(roots)
    while found:
        name = found.pop()
        if name not in kept:
            kept.add(name)
            found += map(node_names.node_of, nodes[name].input)
    remaining = [node for node in graph_def.node if node.name in kept]
    for node in remaining:
        colocated = [
            name
            for name in node_names.colocated_nodes(node)
            if name in kept and name != node.name
        ]
        node_names.colocate(node, colocated)
    del graph_def.node[:]
    graph_def.node.extend(remaining)
