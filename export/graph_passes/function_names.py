"""Names the functions of a SavedModel by their content.

TensorFlow numbers functions in the order in which a process creates them. So the names
depend on what the process did before. Names by content are the same in every process,
and those of two modules do not collide in a program that loads both.
"""

from __future__ import annotations

import copy
import hashlib
from typing import Iterable, Iterator

from tensorflow.core.framework import (
    attr_value_pb2,
    function_pb2,
    graph_pb2,
    node_def_pb2,
)
from tensorflow.core.protobuf import meta_graph_pb2, saved_object_graph_pb2

# TensorFlow expects names of the form <stem>_<number>, the number of 64 bits.
_DIGEST_BYTES = 8


def name_by_content(meta_graph: meta_graph_pb2.MetaGraphDef) -> None:
    """Renames the functions of a graph, and sorts them by their names.

    Also removes attributes that depend on the process: its devices, and the numbers of
    its resources.

    Args:
      meta_graph: the MetaGraphDef of a SavedModel of TensorFlow 2, changed in place.
    """
    library = meta_graph.graph_def.library
    _clear_process_attributes(meta_graph.graph_def.node)
    for function in library.function:
        _clear_process_attributes(function.node_def)
        for attributes in function.arg_attr.values():
            attributes.attr.pop("_user_specified_name", None)
    names = _compute_names(library.function)
    _rename_in_graph(meta_graph.graph_def, names)
    _rename_in_objects(meta_graph.object_graph_def, names)
    # TensorFlow traces some functions again while it saves. Those get the same name.
    functions = {each.signature.name: copy.deepcopy(each) for each in library.function}
    del library.function[:]
    library.function.extend(function for _, function in sorted(functions.items()))


def _clear_process_attributes(nodes: Iterable[node_def_pb2.NodeDef]) -> None:
    for node in nodes:
        if "config_proto" in node.attr:
            node.attr["config_proto"].s = b""


def _compute_names(functions: Iterable[function_pb2.FunctionDef]) -> dict[str, str]:
    """Returns the new name of each function by its old one.

    The functions that a function calls are renamed before its content is hashed.
    """
    by_name = {function.signature.name: function for function in functions}
    names: dict[str, str] = {}

    def name(old: str) -> str:
        if old not in names:
            function = copy.deepcopy(by_name[old])
            calls = {c.name for c in _find_calls(function.node_def)}
            called = calls.intersection(by_name)
            _rename_calls(function.node_def, {each: name(each) for each in called})
            function.signature.name = stem = old.rsplit("_", 1)[0]
            content = function.SerializeToString(deterministic=True)
            digest = hashlib.sha256(content).digest()[:_DIGEST_BYTES]
            names[old] = f"{stem}_{int.from_bytes(digest, 'big')}"
        return names[old]

    for old in by_name:
        name(old)
    return names


def _find_calls(
    nodes: Iterable[node_def_pb2.NodeDef],
) -> Iterator[attr_value_pb2.NameAttrList]:
    """Yields the attributes of nodes that name a function."""
    for node in nodes:
        for value in node.attr.values():
            if value.HasField("func"):
                yield value.func
            yield from value.list.func


def _rename_calls(nodes: Iterable[node_def_pb2.NodeDef], names: dict[str, str]) -> None:
    for call in _find_calls(nodes):
        call.name = names.get(call.name, call.name)


def _rename_in_graph(graph_def: graph_pb2.GraphDef, names: dict[str, str]) -> None:
    _rename_calls(graph_def.node, names)
    for function in graph_def.library.function:
        function.signature.name = names[function.signature.name]
        _rename_calls(function.node_def, names)
    for gradient in graph_def.library.gradient:
        gradient.function_name = names[gradient.function_name]
        gradient.gradient_func = names[gradient.gradient_func]


def _rename_in_objects(
    object_graph: saved_object_graph_pb2.SavedObjectGraph, names: dict[str, str]
) -> None:
    for node in object_graph.nodes:
        if node.HasField("function"):
            found = [names[old] for old in node.function.concrete_functions]
            node.function.concrete_functions[:] = found
        if node.HasField("bare_concrete_function"):
            function = node.bare_concrete_function
            function.concrete_function_name = names[function.concrete_function_name]
        if node.HasField("captured_tensor"):
            tensor = node.captured_tensor
            tensor.concrete_function = names[tensor.concrete_function]
    functions = object_graph.concrete_functions
    for old in list(functions):
        if names[old] in functions:
            raise ValueError(
                f"the functions of a SavedModel must differ, found '{old}' twice"
            )
        functions[names[old]].CopyFrom(functions[old])
        del functions[old]
