"""Variables, shapes and attached messages are read from a module's graph."""

from __future__ import annotations

import pytest
import tensorflow.compat.v1 as tf
from google.protobuf import struct_pb2
from tensorflow.core.protobuf import meta_graph_pb2

from efficientnet_hub import errors
from efficientnet_hub.export.saved_model import graph_facts, module_files


@pytest.fixture(scope="module", name="saved_model")
def _saved_model(module):
    return module_files.read_saved_model(module.directory)


def test_an_attached_message_is_read(saved_model):
    inference, _, serving = saved_model.meta_graphs

    facts = graph_facts.attached_message(inference, "network", struct_pb2.Struct)

    assert facts["task"] == "classification"
    for graph, key in ((inference, "nothing"), (serving, "network")):
        assert graph_facts.attached_message(graph, key, struct_pb2.Struct) is None


@pytest.mark.parametrize("graph", range(3))
def test_variables_are_read(graph, saved_model, shapes):
    variables = graph_facts.variables(saved_model.meta_graphs[graph])

    assert set(variables) == set(shapes)
    for name, trainable in variables.items():
        assert trainable == ("/moving_" not in name)


def test_nodes_of_functions_are_listed_and_calls_are_not():
    graph_def = tf.GraphDef()
    graph_def.node.add(name="call", op="change")
    graph_def.node.add(name="sum", op="Add")
    function = graph_def.library.function.add()
    function.signature.name = "change"
    function.node_def.add(name="changed", op="Relu6")

    nodes = graph_facts.nodes_of_ops(graph_def)

    assert [node.name for node in nodes] == ["sum", "changed"]


def test_a_graph_without_variables_has_none():
    assert graph_facts.variables(tf.MetaGraphDef()) == {}


@pytest.mark.parametrize("sizes", [None, [], [7], [None, 224, None, 3], [0]])
def test_a_shape_is_that_of_tensorflow(sizes):
    shape = tf.TensorShape(sizes)
    info = meta_graph_pb2.TensorInfo(tensor_shape=shape.as_proto())

    assert graph_facts.shape(info) == sizes


def _graph_of_size(*sizes) -> tf.MetaGraphDef:
    graph = tf.MetaGraphDef()
    shape = graph.signature_def["default"].inputs["images"].tensor_shape
    shape.CopyFrom(tf.TensorShape([None, *sizes, 3]).as_proto())
    return graph


def test_the_image_size_is_attached_or_that_of_the_input(saved_model):
    assert graph_facts.expected_image_size(saved_model.meta_graphs[0]) == (32, 32)
    assert graph_facts.expected_image_size(_graph_of_size(20, 30)) == (20, 30)


@pytest.mark.parametrize(
    "graph",
    [tf.MetaGraphDef(), _graph_of_size(None, None), _graph_of_size(20, None)],
    ids=["no signature", "unknown size", "unknown width"],
)
def test_a_graph_without_an_image_size_is_refused(graph):
    with pytest.raises(errors.InputError, match="must say its expected image size"):
        graph_facts.expected_image_size(graph)
