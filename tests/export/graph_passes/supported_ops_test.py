"""Ops that an old TensorFlow does not know are refused by name."""

from __future__ import annotations

import pytest
import tensorflow.compat.v1 as tf
from tensorflow.core.framework import graph_pb2

from efficientnet_hub import errors
from efficientnet_hub.export.graph_passes import supported_ops


def _graph_def(build) -> graph_pb2.GraphDef:
    """Exports a graph without default attributes, as the export of a module does."""
    with tf.Graph().as_default():
        build()
        return tf.train.export_meta_graph(strip_default_attrs=True).graph_def


def _floats():
    return tf.placeholder(tf.float32, [None, 4, 4, 3], name="floats")


def _node(graph_def, name: str):
    (node,) = [node for node in graph_def.node if node.name == name]
    return node


# Refused graphs.


def _problem(graph_def) -> str:
    with pytest.raises(errors.InputError) as caught:
        supported_ops.check(graph_def)
    return str(caught.value)


def test_an_unknown_op_is_refused_by_name():
    graph_def = _graph_def(
        lambda: tf.raw_ops.SelectV2(condition=[True], t=[1.0], e=[2.0], name="choice")
    )

    assert _problem(graph_def) == (
        "the module must load in TensorFlow 1.13.1, but node 'choice': it does not "
        "know the op SelectV2"
    )


def test_an_unknown_attribute_is_refused_by_name():
    graph_def = _graph_def(
        lambda: tf.raw_ops.Equal(
            x=[1.0], y=[1.0, 2.0], incompatible_shape_error=False, name="same"
        )
    )

    assert _problem(graph_def).endswith(
        "node 'same': it does not know the attribute 'incompatible_shape_error' of the "
        "op Equal"
    )


def test_an_unknown_type_is_refused_by_name():
    graph_def = _graph_def(
        lambda: tf.raw_ops.Abs(x=tf.constant([1], tf.int8), name="distance")
    )

    assert _problem(graph_def).endswith(
        "node 'distance': it does not know the value "
        f"{tf.int8.as_datatype_enum} of the attribute 'T' of the op Abs"
    )


def test_an_unknown_choice_is_refused_by_name():
    def build():
        kernel = tf.zeros([3, 3, 3, 1])
        tf.nn.conv2d(
            _floats(), kernel, 1, [[0, 0], [1, 1], [1, 1], [0, 0]], name="conv"
        )

    problem = _problem(_graph_def(build))

    assert "node 'conv': " in problem
    assert "'explicit_paddings'" in problem or "EXPLICIT" in problem


def _calling_a_function(op):
    graph_def = _graph_def(_floats)
    function = graph_def.library.function.add()
    function.signature.name = "change"
    function.node_def.add(name="changed", op=op)
    graph_def.node.add(name="call", op="change", input=["floats"])
    return graph_def


def test_a_function_of_known_ops_is_known():
    supported_ops.check(_calling_a_function("Relu6"))


def test_an_unknown_op_in_a_function_is_refused_by_name():
    problem = _problem(_calling_a_function("NewerOp"))

    assert problem.endswith(
        "function 'change': node 'changed': it does not know the op NewerOp"
    )


def test_a_call_of_a_missing_function_is_refused():
    graph_def = _calling_a_function("Relu6")
    del graph_def.library.function[:]

    assert "it does not know the op change" in _problem(graph_def)


def test_a_graph_for_newer_consumers_is_refused():
    graph_def = _graph_def(_floats)
    graph_def.versions.min_consumer = 28  # TensorFlow 1.13.1 has 27.

    assert "min_consumer is 28, not 27" in _problem(graph_def)


def test_annotations_are_ignored():
    graph_def = _graph_def(_floats)
    _node(graph_def, "floats").attr["_output_shapes"].list.shape.add()

    supported_ops.check(graph_def)


# The oldest TensorFlow that loads a graph.


def _of_1_13():
    return tf.raw_ops.Relu6(features=_floats())


def _of_1_14():
    return tf.raw_ops.BatchMatMulV2(x=_floats(), y=tf.zeros([1, 1, 3, 4]))


def _of_1_15():
    return tf.raw_ops.Einsum(inputs=[_floats(), tf.zeros([3])], equation="bhwc,c->bhw")


def _of_2():
    return tf.raw_ops.BatchMatMulV3(
        x=_floats(), y=tf.zeros([1, 1, 3, 4]), Tout=tf.float32
    )


@pytest.mark.parametrize(
    ("builds", "oldest"),
    [
        ([], "1.13.1"),
        ([_of_1_13], "1.13.1"),
        ([_of_1_14], "1.14.0"),
        ([_of_1_15], "1.15.5"),
        ([_of_2], None),
        ([_of_1_14, _of_1_13], "1.14.0"),
        ([_of_1_14, _of_1_15, _of_1_13], "1.15.5"),
        ([_of_2, _of_1_13], None),
    ],
)
def test_the_newest_op_determines_the_oldest_tensorflow(builds, oldest):
    if _of_2 in builds and not hasattr(tf.raw_ops, "BatchMatMulV3"):
        pytest.skip("this TensorFlow has none of the newer ops")
    graph_defs = (_graph_def(build) for build in builds)

    assert supported_ops.oldest_tensorflow(graph_defs) == oldest


@pytest.mark.parametrize(
    ("min_consumer", "oldest"),
    [(27, "1.13.1"), (28, "1.14.0"), (38, "1.14.0"), (39, "1.15.5"), (135, None)],
)
def test_the_version_of_the_graph_determines_the_oldest_tensorflow(
    min_consumer, oldest
):
    graph_def = _graph_def(_floats)
    graph_def.versions.min_consumer = min_consumer

    assert supported_ops.oldest_tensorflow([graph_def]) == oldest


def test_the_versions_are_sorted():
    assert supported_ops.OLD_TENSORFLOWS == ("1.13.1", "1.14.0", "1.15.5")
    assert supported_ops.OLDEST_TENSORFLOW == "1.13.1"
