"""Names nodes shortly: half of a graph's bytes are names.

A node has its name once, and each node that it feeds repeats it. Most of them begin
with a variable's name, and all of those with the network's.
"""

from __future__ import annotations

import collections
import os

from . import node_names, variable_definitions

# What a variable's own name names: the variable, and what reads it. By that name those
# who freeze a graph find the read (`tf.graph_util.convert_variables_to_constants`), and
# so does TensorFlow where a variable's definition does not tell.
_NAMED_FOR_VARIABLES = ("VarHandleOp", "ReadVariableOp")


def shorten(meta_graph) -> None:
    """Gives nodes short names, wherever a MetaGraphDef has their names.

    What computes is named without the scope that all variables are in: hub puts a scope
    of its own in its place. What assigns a variable, and a constant that more than one
    node takes, are named by a number.

    Args:
      meta_graph: a MetaGraphDef with its signatures and its Saver, changed in place.
    """
    names = {
        **_names_without_scope(meta_graph),
        **_names_of_shared_constants(meta_graph.graph_def),
        **_names_of_assignments(meta_graph),
    }
    _rename_nodes(meta_graph.graph_def, names)
    _rename_in_signatures(meta_graph, names)
    _rename_in_collections(meta_graph, names)


def _names_without_scope(meta_graph) -> dict[str, str]:
    scope = _common_scope(
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


def _common_scope(names: list[str]) -> str:
    """Returns what all names begin with, up to a slash, e.g. 'efficientnet-b2/'."""
    scope, slash, _ = os.path.commonprefix(names).rpartition("/")
    return scope + slash


def _names_of_shared_constants(graph_def) -> dict[str, str]:
    uses = collections.Counter(
        node_names.node_of(name) for node in graph_def.node for name in node.input
    )
    shared = [
        node.name
        for node in graph_def.node
        if node.op == "Const" and uses[node.name] > 1
    ]
    return {name: "constant_%d" % number for number, name in enumerate(shared)}


def _names_of_assignments(meta_graph) -> dict[str, str]:
    definitions = variable_definitions.definitions(meta_graph)
    return {
        definition.initializer_name: "save/%d" % number
        for number, definition in enumerate(definitions)
    }


def _rename_nodes(graph_def, names: dict[str, str]) -> None:
    node_names.rename_inputs(graph_def, names)
    for node in graph_def.node:
        node.name = names.get(node.name, node.name)
        neighbours = node_names.neighbours(node)
        node_names.colocate(node, [names.get(name, name) for name in neighbours])


def _rename_in_signatures(meta_graph, names: dict[str, str]) -> None:
    for signature in meta_graph.signature_def.values():
        for infos in (signature.inputs, signature.outputs):
            for info in infos.values():
                info.name = node_names.renamed(info.name, names)


def _rename_in_collections(meta_graph, names: dict[str, str]) -> None:
    for collection in meta_graph.collection_def.values():
        if collection.HasField("node_list"):
            values = collection.node_list.value
            values[:] = [node_names.renamed(value, names) for value in values]

    def rename_initializer(definition):
        definition.initializer_name = names[definition.initializer_name]
        definition.ClearField("snapshot_name")

    variable_definitions.change(meta_graph, rename_initializer)
