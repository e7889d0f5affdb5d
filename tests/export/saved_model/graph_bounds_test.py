"""Graphs that no module has are refused before anything is computed of them."""

from __future__ import annotations

import pytest

from efficientnet_hub import errors
from efficientnet_hub.export.saved_model import graph_bounds, saved_model_messages


@pytest.fixture(name="saved_model")
def _saved_model():
    saved_model = saved_model_messages.SavedModel()
    saved_model.meta_graphs.add()
    return saved_model


def _refusal(saved_model) -> str:
    with pytest.raises(errors.InputError) as caught:
        graph_bounds.check(saved_model, "m")
    return str(caught.value)


def _define(saved_model, name: str, *calls: str) -> None:
    """Defines a function that calls functions, or the ops of these names."""
    function = saved_model.meta_graphs[0].graph_def.library.function.add()
    function.signature.name = name
    for op in calls:
        function.node_def.add(name="node", op=op)


def test_the_graphs_of_a_module_are_accepted(saved_model):
    graph_def = saved_model.meta_graphs[0].graph_def
    node = graph_def.node.add(name="v", op="VarHandleOp")
    node.attr["shape"].shape.dim.add(size=2**40)
    _define(saved_model, "swish", "Mul", "Sigmoid")
    graph_def.node.add(name="s", op="swish")

    graph_bounds.check(saved_model, "m")


def test_many_graphs_are_refused(saved_model):
    for _ in range(64):
        saved_model.meta_graphs.add()

    assert _refusal(saved_model) == (
        "module 'm' must have at most 64 graphs, found 65: is it damaged?"
    )


def test_many_nodes_are_refused(saved_model, monkeypatch):
    monkeypatch.setattr(graph_bounds, "MAX_NODES", 3)
    _define(saved_model, "f", "Add", "Add")
    saved_model.meta_graphs[0].graph_def.node.add()
    saved_model.meta_graphs.add().graph_def.node.add()

    assert "must have at most 3 nodes, found 4" in _refusal(saved_model)


@pytest.mark.parametrize(
    ("sizes", "found"),
    [
        ([1] * 255, "at most 254 dimensions, found 255"),
        ([2**62, 2], "at most 9223372036854775807 numbers, found more"),
        ([-2], "no negative dimension, found -2"),
    ],
)
def test_a_shape_that_no_tensor_has_is_refused(sizes, found, saved_model):
    node = saved_model.meta_graphs[0].graph_def.node.add(name="v", op="VarHandleOp")
    for size in sizes:
        node.attr["shape"].shape.dim.add(size=size)

    assert f"{found} in node 'v'" in _refusal(saved_model)


def test_such_a_shape_in_a_signature_is_refused(saved_model):
    outputs = saved_model.meta_graphs[0].signature_def["default"].outputs
    outputs["x"].tensor_shape.dim.add(size=-7)

    assert "found -7 in signature 'default'" in _refusal(saved_model)


def test_a_function_that_calls_itself_is_refused(saved_model):
    _define(saved_model, "a", "b")
    _define(saved_model, "b", "Add", "a")

    assert "no function that calls itself, found" in _refusal(saved_model)


def test_a_function_that_calls_itself_by_an_attribute_is_refused(saved_model):
    _define(saved_model, "loop", "While")
    (function,) = saved_model.meta_graphs[0].graph_def.library.function
    function.node_def[0].attr["body"].func.name = "loop"

    assert "no function that calls itself, found 'loop'" in _refusal(saved_model)


def test_functions_that_multiply_are_refused(saved_model):
    for level in range(64):
        _define(saved_model, f"f{level}", f"f{level + 1}", f"f{level + 1}", "Add")
    saved_model.meta_graphs[0].graph_def.node.add(op="f0")

    assert "functions that run at most 200000 nodes" in _refusal(saved_model)


def test_long_chains_of_functions_are_measured(saved_model):
    for level in range(3000):
        _define(saved_model, f"f{level}", f"f{level + 1}")

    graph_bounds.check(saved_model, "m")
