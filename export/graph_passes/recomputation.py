"""Makes the gradient of swish recompute its sigmoid, which saves memory in training.

For the gradient of `x * sigmoid(x)`, TensorFlow keeps the sigmoid until the backward
pass: one of four tensors of each layer. A Python function with a custom gradient would
not keep it, but such a gradient is not exported with the graph. A function in the
graph's function library is exported, together with the function that the library names
as its gradient. All versions of TensorFlow support this.

TensorFlow 1.13 does not infer the shape of the output of a function. So each call has
the attribute `_output_shapes`, from which TensorFlow sets the shape when it imports the
graph.

The gradient of such a function has no gradient itself.
"""

from __future__ import annotations

import hashlib

from tensorflow.core.framework import (
    attr_value_pb2,
    function_pb2,
    graph_pb2,
    node_def_pb2,
    types_pb2,
)

SHAPES = "_output_shapes"

_FLOAT = attr_value_pb2.AttrValue(type=types_pb2.DT_FLOAT)


def recompute_in_gradients(graph_def: graph_pb2.GraphDef) -> None:
    """Replaces each swish of a graph by a function call.

    Args:
      graph_def: a GraphDef, changed in place. Each `x * sigmoid(x)` of float32 becomes
        a call, and keeps its shape, the attribute `_output_shapes`. The sigmoids
        remain, and may be unused.
    """
    swish, gradient = _make_swish(), _make_swish_gradient()
    calls = _find_swishes(graph_def)
    for node, features in calls:
        node.op = swish.signature.name
        node.input[:] = [features]
        for name in set(node.attr) - {SHAPES}:
            del node.attr[name]
    if calls:
        graph_def.library.function.extend([swish, gradient])
        graph_def.library.gradient.add(
            function_name=swish.signature.name, gradient_func=gradient.signature.name
        )


def _find_swishes(
    graph_def: graph_pb2.GraphDef,
) -> list[tuple[node_def_pb2.NodeDef, str]]:
    """Returns the product of each swish, and the name of the input of the swish."""
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


def _make_swish() -> function_pb2.FunctionDef:
    return _make_function(
        "swish",
        inputs=["features"],
        nodes=[
            _make_node("sigmoid", "Sigmoid", "features"),
            _make_node("swish", "Mul", "features", "sigmoid:y:0"),
        ],
        output="swish:z:0",
    )


def _make_swish_gradient() -> function_pb2.FunctionDef:
    return _make_function(
        "swish_gradient",
        inputs=["features", "gradient"],
        nodes=[
            # Without the control input, TensorFlow would find this sigmoid equal to
            # that of the forward pass, and keep the latter.
            _make_node("sigmoid", "Sigmoid", "features", "^gradient"),
            _make_node("by_features", "Mul", "gradient", "sigmoid:y:0"),
            _make_node("at_sigmoid", "Mul", "gradient", "features"),
            _make_node("by_sigmoid", "SigmoidGrad", "sigmoid:y:0", "at_sigmoid:z:0"),
            _make_node("sum", "Add", "by_features:z:0", "by_sigmoid:z:0"),
        ],
        output="sum:z:0",
    )


def _make_function(
    name: str, inputs: list[str], nodes: list[node_def_pb2.NodeDef], output: str
) -> function_pb2.FunctionDef:
    """Returns a FunctionDef of float32 tensors.

    Its name ends in a hash of its content: two modules that are loaded into one graph
    share its function library, where a name must mean one function.
    """
    function = function_pb2.FunctionDef(node_def=nodes, ret={"result": output})
    for argument in inputs:
        function.signature.input_arg.add(name=argument, type=types_pb2.DT_FLOAT)
    function.signature.output_arg.add(name="result", type=types_pb2.DT_FLOAT)
    content = function.SerializeToString(deterministic=True)
    function.signature.name = f"{name}_{hashlib.sha256(content).hexdigest()[:8]}"
    return function


def _make_node(name: str, op: str, *inputs: str) -> node_def_pb2.NodeDef:
    return node_def_pb2.NodeDef(name=name, op=op, input=inputs, attr={"T": _FLOAT})
