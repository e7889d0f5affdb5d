"""Shortens the names of nodes, which are half of a graph's bytes.

The name of a node is also in each node that takes its output. Most names begin with the
name of a variable, and so with the name of the network.
"""

from __future__ import annotations

import collections
import os
from typing import Sequence

from tensorflow.core.framework import graph_pb2, variable_pb2
from tensorflow.core.protobuf import meta_graph_pb2

from . import node_names, variable_definitions

# Nodes that keep the name of their variable: the variable and its reads. Programs that
# freeze a graph (`tf.graph_util.convert_variables_to_constants`) find the read by this
# name, and so does TensorFlow if the variable's definition does not name the read.
_NAMED_FOR_VARIABLES = ("VarHandleOp", "ReadVariableOp")


def shorten(meta_graph: meta_graph_pb2.MetaGraphDef) -> None:
    """Renames nodes to short names, everywhere in a MetaGraphDef.

    Nodes that compute lose the scope that all variables share, because hub adds another
    scope. Nodes that assign a variable are numbered, and so are constants that are
    inputs of more than one node.

    Args:
      meta_graph: a MetaGraphDef with its signatures and its Saver, changed in place.
    """
    names = {
        **_remove_scope(meta_graph),
        **_number_shared_constants(meta_graph.graph_def),
        **_number_assignments(meta_graph),
    }
    _rename_nodes(meta_graph.graph_def, names)
    _rename_in_signatures(meta_graph, names)
    _rename_in_collections(meta_graph, names)


def _remove_scope(meta_graph: meta_graph_pb2.MetaGraphDef) -> dict[str, str]:
    scope = _find_common_scope(
        [d.variable_name for d in variable_definitions.definitions(meta_graph)]
    )
    taken = {node.name for node in meta_graph.graph_def.node}
    return {
        node.name: node.name[len(scope) :]
        for node in meta_graph.graph_def.node
        if node.op not in _NAMED_FOR_VARIABLES
        and node.name.startswith(scope)
        and node.name[len(scope) :] not in taken
    }


def _find_common_scope(names: Sequence[str]) -> str:
    """Returns the scope that all names share, with its slash: 'efficientnet-b2/'."""
    scope, slash, _ = os.path.commonprefix(names).rpartition("/")
    return scope + slash


def _number_shared_constants(graph_def: graph_pb2.GraphDef) -> dict[str, str]:
    uses = collections.Counter(
        node_names.node_of(name) for node in graph_def.node for name in node.input
    )
    shared = [
        node.name
        for node in graph_def.node
        if node.op == "Const" and uses[node.name] > 1
    ]
    return {name: f"constant_{number}" for number, name in enumerate(shared)}


def _number_assignments(meta_graph: meta_graph_pb2.MetaGraphDef) -> dict[str, str]:
    definitions = variable_definitions.definitions(meta_graph)
    return {
        definition.initializer_name: f"save/{number}"
        for number, definition in enumerate(definitions)
    }


def _rename_nodes(graph_def: graph_pb2.GraphDef, names: dict[str, str]) -> None:
    node_names.rename_inputs(graph_def, names)
    for node in graph_def.node:
        node.name = names.get(node.name, node.name)
        colocated = node_names.colocated_nodes(node)
        node_names.colocate(node, [names.get(name, name) for name in colocated])


def _rename_in_signatures(
    meta_graph: meta_graph_pb2.MetaGraphDef, names: dict[str, str]
) -> None:
    for signature in meta_graph.signature_def.values():
        for infos in (signature.inputs, signature.outputs):
            for info in infos.values():
                info.name = node_names.rename(info.name, names)


def _rename_in_collections(
    meta_graph: meta_graph_pb2.MetaGraphDef, names: dict[str, str]
) -> None:
    for collection in meta_graph.collection_def.values():
        if collection.HasField("node_list"):
            values = collection.node_list.value
            values[:] = [node_names.rename(value, names) for value in values]

    def rename_initializer(definition: variable_pb2.VariableDef) -> None:
        definition.initializer_name = names[definition.initializer_name]
        definition.ClearField("snapshot_name")

    variable_definitions.change(meta_graph, rename_initializer)
