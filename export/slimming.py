"""Takes out of a graph what nobody uses: each node is imported, again and again.

`hub.Module` imports a module's graph once for its variables and once for each
application, node by node. Half of what TensorFlow writes is for nobody: second reads of
variables, checks whether they are initialized, equal constants. And half of the bytes
are names that repeat a variable's.
"""

from __future__ import annotations

import re
from typing import Iterable

import tensorflow.compat.v1 as tf
from tensorflow.core.framework import variable_pb2

_COLOCATION = "_class"
_COLOCATED_WITH = b"loc:@"


def slim(meta_graph) -> None:
    """Reads each variable once, holds each constant once, drops what is unused.

    What assigns a variable gets a short name, and so does a constant that belongs to no
    single layer any more.

    Args:
      meta_graph: a MetaGraphDef with its signatures, changed in place. Used is what
        its signatures, collections and Saver name, and what that takes.
    """
    graph_def = meta_graph.graph_def
    _redirect(graph_def, _second_reads(meta_graph))
    repeated = _repeated_constants(graph_def)
    _redirect(graph_def, repeated)
    _prune(graph_def, _roots(meta_graph))
    _shorten(meta_graph, set(repeated.values()))


def _variables(meta_graph) -> list:
    serialized = meta_graph.collection_def[tf.GraphKeys.GLOBAL_VARIABLES].bytes_list
    return [variable_pb2.VariableDef.FromString(value) for value in serialized.value]


def _second_reads(meta_graph) -> dict[str, str]:
    """Returns the node that reads the same variable, by each node that does too.

    Only of reads that wait for nothing: they may happen at any moment.
    """
    first = {
        _node(definition.variable_name): _node(definition.snapshot_name)
        for definition in _variables(meta_graph)
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
    for definition in _variables(meta_graph):
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


def _shorten(meta_graph, shared_constants: set[str]) -> None:
    """Names what assigns a variable, and shared constants, by a number.

    What reads a variable keeps its name: by that name those who freeze a graph find it
    (`tf.graph_util.convert_variables_to_constants`), and so does TensorFlow where a
    variable's definition does not tell.
    """
    kept = {node.name for node in meta_graph.graph_def.node}
    names = {
        name: "constant_%d" % number
        for number, name in enumerate(sorted(shared_constants & kept))
    }
    for number, definition in enumerate(_variables(meta_graph)):
        names[definition.initializer_name] = "save/Assign_%d" % number
    for node in meta_graph.graph_def.node:
        node.name = names.get(node.name, node.name)
    _redirect(meta_graph.graph_def, names)
    for key in (tf.GraphKeys.GLOBAL_VARIABLES, tf.GraphKeys.TRAINABLE_VARIABLES):
        serialized = meta_graph.collection_def[key].bytes_list.value
        for position, value in enumerate(serialized):
            definition = variable_pb2.VariableDef.FromString(value)
            definition.ClearField("snapshot_name")
            definition.initializer_name = names[definition.initializer_name]
            serialized[position] = definition.SerializeToString()


def _node(name: str) -> str:
    """Returns the node of a tensor's or input's name, e.g. of 'a:1' or '^a'."""
    return re.sub(r"^\^|:\d+$", "", name)
