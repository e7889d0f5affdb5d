"""Bounds of a module's graphs, checked before anything is computed of them."""

from __future__ import annotations

import collections
from typing import Any, Iterable

from ... import errors, escaping

# A module has a graph for each tag set, at most three.
MAX_GRAPHS = 64
# In all graphs and functions. The largest network of this package has 30,000.
MAX_NODES = 200_000
# TensorFlow's own bounds.
MAX_DIMENSIONS = 254
MAX_NUMBERS = 2**63 - 1

# The ops that call the functions in their attributes.
_CALLERS = frozenset(
    [
        "Case",
        "If",
        "PartitionedCall",
        "RemoteCall",
        "StatefulPartitionedCall",
        "StatelessCase",
        "StatelessIf",
        "StatelessWhile",
        "SymbolicGradient",
        "TPUPartitionedCall",
        "While",
        "XlaLaunch",
    ]
)


def check(saved_model: Any, name: str) -> None:
    """Checks the graphs of a module.

    Args:
      saved_model: a SavedModel.
      name: what to call the module in errors.

    Raises:
      errors.InputError: if it has too many graphs, nodes or dimensions, a shape that no
        tensor has, or a function that calls itself.
    """
    problem = find_problem(saved_model)
    if problem is not None:
        raise errors.InputError(f"module '{name}' must {problem}: is it damaged?")


def find_problem(saved_model: Any) -> str | None:
    """Returns what the graphs of a SavedModel must be, and what was found."""
    count = len(saved_model.meta_graphs)
    if count > MAX_GRAPHS:
        return f"have at most {MAX_GRAPHS} graphs, found {count}"
    graphs = [meta_graph.graph_def for meta_graph in saved_model.meta_graphs]
    count = sum(map(_count_nodes, graphs))
    if count > MAX_NODES:
        return f"have at most {MAX_NODES} nodes, found {count}"
    for graph_def in graphs:
        problem = _find_problem_of_functions(graph_def)
        if problem is not None:
            return problem
    return _find_problem_of_shapes(saved_model)


def _count_nodes(graph_def: Any) -> int:
    functions = graph_def.library.function
    return len(graph_def.node) + sum(len(each.node_def) for each in functions)


def _find_problem_of_functions(graph_def: Any) -> str | None:
    """Checks that all calls end, and how many nodes they run."""
    functions = {each.signature.name: each for each in graph_def.library.function}
    if not functions:
        return None
    sizes: dict[str, int] = {}
    calls = {
        name: _list_calls(function.node_def, functions)
        for name, function in functions.items()
    }
    for name in functions:
        recursive = _measure(name, functions, calls, sizes)
        if recursive is not None:
            return (
                f"have no function that calls itself, found '{escaping.cut(recursive)}'"
            )
    total = len(graph_def.node) + sum(
        sizes[name] for name in _list_calls(graph_def.node, functions)
    )
    if total > MAX_NODES:
        return f"have functions that run at most {MAX_NODES} nodes, found more"
    return None


def _list_calls(nodes: Iterable[Any], functions: Any) -> list[str]:
    """Returns the name of the function of each call."""
    calls = []
    for node in nodes:
        if node.op in functions:
            calls.append(node.op)
        elif node.op in _CALLERS:
            for value in node.attr.values():
                called = [value.func, *value.list.func]
                calls += [each.name for each in called if each.name in functions]
    return calls


def _measure(
    name: str, functions: Any, calls: Any, sizes: dict[str, int]
) -> str | None:
    """Adds the number of nodes that a function runs, and those that it calls.

    Returns:
      The name of a function that calls itself, or None.
    """
    # The functions on the way, each with the calls that are not looked at yet.
    path = collections.OrderedDict([(name, iter(calls[name]))])
    while path:
        current = next(reversed(path))
        waiting = next((each for each in path[current] if each not in sizes), None)
        if waiting is None:
            size = len(functions[current].node_def)
            size += sum(sizes[each] for each in calls[current])
            # The sizes of calls of calls grow exponentially.
            sizes[current] = min(size, MAX_NODES + 1)
            del path[current]
        elif waiting in path:
            return waiting
        else:
            path[waiting] = iter(calls[waiting])
    return None


def _find_problem_of_shapes(saved_model: Any) -> str | None:
    for meta_graph in saved_model.meta_graphs:
        for node in meta_graph.graph_def.node:
            if "shape" in node.attr:
                problem = _find_problem_of_shape(node.attr["shape"].shape)
                if problem is not None:
                    return f"{problem} in node '{escaping.cut(node.name)}'"
        for name, signature in meta_graph.signature_def.items():
            for infos in (signature.inputs, signature.outputs):
                for info in infos.values():
                    problem = _find_problem_of_shape(info.tensor_shape)
                    if problem is not None:
                        return f"{problem} in signature '{escaping.cut(name)}'"
    return None


def _find_problem_of_shape(shape: Any) -> str | None:
    if len(shape.dim) > MAX_DIMENSIONS:
        return (
            f"have tensors of at most {MAX_DIMENSIONS} dimensions, found "
            f"{len(shape.dim)}"
        )
    count = 1
    for dimension in shape.dim:
        if dimension.size < -1:
            return f"have no negative dimension, found {dimension.size}"
        count *= max(dimension.size, 1)
    if count > MAX_NUMBERS:
        return f"have tensors of at most {MAX_NUMBERS} numbers, found more"
    return None
