"""Names the functions of a SavedModel by their content.

TensorFlow numbers functions, in the order in which a process made them, whatever else
it made before. Those of a module are to be the same in any process, and in a program
that loads two modules each is to be itself.
"""

from __future__ import annotations

import copy
import hashlib
from typing import Iterator

# TensorFlow takes a name apart at what stands around its middle.
_DIGEST_BYTES = 8


def name_by_content(meta_graph) -> None:
    """Renames the functions of a graph, and puts them in the order of their names.

    What tells of the process that made them goes too: its devices, and the numbers of
    its resources.

    Args:
      meta_graph: the MetaGraphDef of a SavedModel of TensorFlow 2, to be changed.
    """
    library = meta_graph.graph_def.library
    _forget_process(meta_graph.graph_def.node)
    for function in library.function:
        _forget_process(function.node_def)
        for attributes in function.arg_attr.values():
            attributes.attr.pop("_user_specified_name", None)
    names = _names_by_content(library.function)
    _rename_in_graph(meta_graph.graph_def, names)
    _rename_in_objects(meta_graph.object_graph_def, names)
    # What TensorFlow traces again while it saves comes twice: one will do.
    functions = {each.signature.name: copy.deepcopy(each) for each in library.function}
    del library.function[:]
    library.function.extend(function for _, function in sorted(functions.items()))


def _forget_process(nodes) -> None:
    for node in nodes:
        if "config_proto" in node.attr:
            node.attr["config_proto"].s = b""


def _names_by_content(functions) -> dict[str, str]:
    """Returns the new name of each function by its old one."""
    by_name = {function.signature.name: function for function in functions}
    names = {}

    def name(old: str) -> str:
        if old not in names:
            function = copy.deepcopy(by_name[old])
            called = {c.name for c in _calls(function.node_def) if c.name in by_name}
            _rename_calls(function.node_def, {each: name(each) for each in called})
            function.signature.name = stem = old.rsplit("_", 1)[0]
            content = function.SerializeToString(deterministic=True)
            digest = hashlib.sha256(content).digest()[:_DIGEST_BYTES]
            names[old] = "%s_%d" % (stem, int.from_bytes(digest, "big"))
        return names[old]

    for old in by_name:
        name(old)
    return names


def _calls(nodes) -> Iterator:
    """Yields what names a function in the attributes of nodes."""
    for node in nodes:
        for value in node.attr.values():
            if value.HasField("func"):
                yield value.func
            yield from value.list.func


def _rename_calls(nodes, names: dict[str, str]) -> None:
    for call in _calls(nodes):
        call.name = names.get(call.name, call.name)


def _rename_in_graph(graph_def, names: dict[str, str]) -> None:
    _rename_calls(graph_def.node, names)
    for function in graph_def.library.function:
        function.signature.name = names[function.signature.name]
        _rename_calls(function.node_def, names)
    for gradient in graph_def.library.gradient:
        gradient.function_name = names[gradient.function_name]
        gradient.gradient_func = names[gradient.gradient_func]


def _rename_in_objects(object_graph, names: dict[str, str]) -> None:
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
            raise ValueError(f"two functions of a SavedModel are the same: '{old}'")
        functions[names[old]].CopyFrom(functions[old])
        del functions[old]
