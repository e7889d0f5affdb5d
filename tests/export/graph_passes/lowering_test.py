"""Newer ops are replaced by older ones that compute the same."""

from __future__ import annotations

import pytest
import tensorflow.compat.v1 as tf
from tensorflow.core.framework import graph_pb2

from efficientnet_hub.export.graph_passes import lowering, supported_ops


def _graph_def(build) -> graph_pb2.GraphDef:
    """Exports a graph without default attributes, as the export of a module does."""
    with tf.Graph().as_default():
        build()
        return tf.train.export_meta_graph(strip_default_attrs=True).graph_def


def _floats():
    return tf.placeholder(tf.float32, [None, 4, 4, 3], name="floats")


def _batch_norm(is_training=True):
    moments = tf.zeros([0]) if is_training else tf.ones([3])
    return tf.raw_ops.FusedBatchNormV3(
        x=_floats(),
        scale=[1.0] * 3,
        offset=[0.0] * 3,
        mean=moments,
        variance=moments,
        is_training=is_training,
        epsilon=1e-3,
        name="batch_norm",
    )


def _variable():
    return tf.get_variable("variable", [2], use_resource=True)


def _node(graph_def, name: str):
    (node,) = [node for node in graph_def.node if node.name == name]
    return node


def _run(graph_def, output: str, inputs: dict):
    with tf.Graph().as_default(), tf.Session() as session:
        tf.import_graph_def(graph_def, name="")
        return session.run(output, inputs)


def test_add_v2_becomes_add():
    graph_def = _graph_def(lambda: tf.raw_ops.AddV2(x=_floats(), y=1.0, name="sum"))

    lowering.lower(graph_def)

    assert _node(graph_def, "sum").op == "Add"
    assert (_run(graph_def, "sum:0", {"floats:0": [[[[1.0] * 3] * 4] * 4]}) == 2).all()


@pytest.mark.parametrize("is_training", [False, True])
def test_a_batch_norm_becomes_that_of_the_oldest_tensorflow(is_training):
    graph_def = _graph_def(lambda: _batch_norm(is_training))
    images = {"floats:0": [[[[1.0, 2.0, 4.0]] * 4] * 4]}
    expected = _run(graph_def, "batch_norm:0", images)

    lowering.lower(graph_def)

    node = _node(graph_def, "batch_norm")
    assert node.op == "FusedBatchNorm"
    assert not {"U", "exponential_avg_factor"} & set(node.attr)
    assert (_run(graph_def, "batch_norm:0", images) == expected).all()


def test_only_the_shapes_of_functions_are_kept():
    graph_def = graph_pb2.GraphDef()
    graph_def.library.function.add().signature.name = "function"
    for op in ("function", "NoOp"):
        graph_def.node.add(name=op, op=op).attr["_output_shapes"].list.shape.add()

    lowering.lower(graph_def)

    assert "_output_shapes" in _node(graph_def, "function").attr
    assert "_output_shapes" not in _node(graph_def, "NoOp").attr


def test_the_debug_name_of_a_variable_is_removed():
    graph_def = _graph_def(_variable)
    handle = _node(graph_def, "variable")
    handle.attr["debug_name"].s = b"variable/"  # Whichever TensorFlow runs this.

    lowering.lower(graph_def)

    assert "debug_name" not in handle.attr
    supported_ops.check(graph_def)


@pytest.mark.parametrize(
    "build",
    [lambda: tf.raw_ops.AddV2(x=_floats(), y=1.0), _batch_norm, _variable],
    ids=["AddV2", "FusedBatchNormV3", "VarHandleOp"],
)
def test_a_lowered_graph_loads_in_the_oldest_tensorflow(build):
    graph_def = _graph_def(build)

    lowering.lower(graph_def)

    assert supported_ops.oldest_tensorflow([graph_def]) == "1.13.1"
