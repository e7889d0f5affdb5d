"""Lets the gradient of swish compute its sigmoid again, where it would keep it.

For the gradient of `x * sigmoid(x)`, TensorFlow keeps the sigmoid until the backward
pass: one of four images a layer. A Python function with a gradient of its own would
spare it, but stays behind in the process that built the graph. A function of the
graph's own library, with another one named there as its gradient, goes where the graph
goes: TensorFlow has known them since its beginnings.
"""

from __future__ import annotations

import hashlib

from tensorflow.core.framework import (
    attr_value_pb2,
    function_pb2,
    node_def_pb2,
    types_pb2,
)

_FLOAT = attr_value_pb2.AttrValue(type=types_pb2.DT_FLOAT)


def recompute_in_gradients(graph_def) -> None:
    """Makes each swish of a graph one call of a function.

    Args:
      graph_def: a GraphDef, changed in place: `x * sigmoid(x)` of float32 is a call.
        The sigmoids stay behind, and may have no use any more.
    """
    swish, gradient = _swish(), _swish_gradient()
    calls = _swishes(graph_def)
    for node, features in calls:
        node.op = swish.signature.name
        node.input[:] = [features]
        node.attr.clear()
    if calls:
        graph_def.library.function.extend([swish, gradient])
        graph_def.library.gradient.add(
            function_name=swish.signature.name, gradient_func=gradient.signature.name
        )


def _swishes(graph_def) -> list[tuple]:
    """Returns the node of each product, and the name of what it is the swish of."""
    sigmoid_of = {
        node.name: node.input[0] for node in graph_def.node if node.op == "Sigmoid"
    }
    return [
        (node, features)
        for node in graph_def.node
        if node.op == "Mul" and node.attr["T"] == _FLOAT
        for features, factor in [node.input, node.input[::-1]]
        if sigmoid_of.get(factor) == features
    ]


def _swish():
    return _function(
        "swish",
        inputs=["features"],
        nodes=[
            _node("sigmoid", "Sigmoid", "features"),
            _node("swish", "Mul", "features", "sigmoid:y:0"),
        ],
        output="swish:z:0",
    )


def _swish_gradient():
    return _function(
        "swish_gradient",
        inputs=["features", "gradient"],
        nodes=[
            # It waits for the gradient, or TensorFlow would find it equal to the one of
            # the forward pass, and keep that.
            _node("sigmoid", "Sigmoid", "features", "^gradient"),
            _node("by_features", "Mul", "gradient", "sigmoid:y:0"),
            _node("at_sigmoid", "Mul", "gradient", "features"),
            _node("by_sigmoid", "SigmoidGrad", "sigmoid:y:0", "at_sigmoid:z:0"),
            _node("sum", "Add", "by_features:z:0", "by_sigmoid:z:0"),
        ],
        output="sum:z:0",
    )


def _function(name: str, inputs: list[str], nodes: list, output: str):
    """Returns a FunctionDef of float32 tensors, its name made unique by its content.

    A graph into which two modules are loaded has one library, where a name stands for
    one function.
    """
    function = function_pb2.FunctionDef(node_def=nodes, ret={"result": output})
    for argument in inputs:
        function.signature.input_arg.add(name=argument, type=types_pb2.DT_FLOAT)
    function.signature.output_arg.add(name="result", type=types_pb2.DT_FLOAT)
    content = function.SerializeToString(deterministic=True)
    function.signature.name = f"{name}_{hashlib.sha256(content).hexdigest()[:8]}"
    return function


def _node(name: str, op: str, *inputs: str):
    return node_def_pb2.NodeDef(name=name, op=op, input=inputs, attr={"T": _FLOAT})
