"""A slim graph has no unused or repeated node, and computes the same."""

from __future__ import annotations

import collections

import numpy as np
import pytest
import tensorflow.compat.v1 as tf

from efficientnet_hub.export.graph_passes import saver, slimming


def _meta_graph(graph, inputs=(), outputs=()):
    """Exports a graph with a signature and a Saver."""
    with graph.as_default():
        meta_graph = tf.train.export_meta_graph()
    signature = meta_graph.signature_def["default"]
    for infos, tensors in ((signature.inputs, inputs), (signature.outputs, outputs)):
        for number, tensor in enumerate(tensors):
            infos[str(number)].name = tensor.name
    saver.add_saver(meta_graph)
    return meta_graph


def _ops(meta_graph) -> collections.Counter:
    return collections.Counter(node.op for node in meta_graph.graph_def.node)


@pytest.fixture(name="slim")
def _slim():
    """Returns a slim graph that uses a variable twice and a constant twice."""
    with tf.Graph().as_default() as graph:
        inputs = tf.placeholder(tf.float32, [2], name="inputs")
        variable = tf.get_variable("scope/variable", [2], use_resource=True)
        tf.add(inputs, 7.0, name="unused")
        doubled = tf.multiply(inputs, 2.0, name="doubled") * variable
        outputs = tf.add(doubled + 2.0, variable, name="outputs")
        tf.add_to_collection(tf.GraphKeys.UPDATE_OPS, variable.assign_sub([1.0, 1.0]))
    meta_graph = _meta_graph(graph, [inputs], [outputs])
    slimming.slim(meta_graph)
    return meta_graph


def test_a_variable_has_three_nodes(slim):
    ops = _ops(slim)

    assert ops["VarHandleOp"] == ops["AssignVariableOp"] == 1
    # The read after the update is not a repeated one.
    reads = [node for node in slim.graph_def.node if node.op == "ReadVariableOp"]
    assert len([node for node in reads if len(node.input) == 1]) == 1
    assert ops["VarIsInitializedOp"] == 0


def test_equal_constants_become_one(slim):
    values = [
        tf.make_ndarray(node.attr["value"].tensor).tolist()
        for node in slim.graph_def.node
        if node.op == "Const" and node.attr["dtype"].type == tf.float32.as_datatype_enum
    ]

    assert sorted(map(str, values)) == ["2.0", "[1.0, 1.0]"]


def test_unused_nodes_are_removed(slim):
    names = {node.name for node in slim.graph_def.node}

    assert {"inputs", "outputs", "doubled", "scope/variable"} <= names
    assert "unused" not in names
    assert not [name for name in names if "Initializer" in name]


def test_a_slim_graph_computes_and_updates_as_before(slim, tmp_path):
    with tf.Graph().as_default(), tf.Session() as session:
        tf.train.import_meta_graph(slim)
        (variable,) = tf.trainable_variables()
        session.run(variable.assign([3.0, 4.0]))

        outputs = session.run("outputs:0", {"inputs:0": [1.0, 2.0]})
        np.testing.assert_array_equal(outputs, [2 * 3 + 2 + 3, 4 * 4 + 2 + 4])
        session.run(tf.get_collection(tf.GraphKeys.UPDATE_OPS))
        np.testing.assert_array_equal(session.run(variable), [2.0, 3.0])


def test_constants_of_different_types_are_not_equal():
    with tf.Graph().as_default() as graph:
        variable = tf.get_variable("variable", [1], use_resource=True)
        numbers = [tf.constant(0, tf.int32), tf.constant(0, tf.int64)]
        texts = [tf.constant("a"), tf.constant("b")]
        outputs = numbers + texts + [variable + 1.0]
    meta_graph = _meta_graph(graph, outputs=outputs)
    slimming.slim(meta_graph)

    with tf.Graph().as_default(), tf.Session() as session:
        tf.train.import_meta_graph(meta_graph)
        infos = meta_graph.signature_def["default"].outputs
        names = [infos[str(number)].name for number in range(4)]
        assert session.run(names) == [0, 0, b"a", b"b"]
        assert session.graph.get_tensor_by_name(names[1]).dtype == tf.int64


def test_nodes_are_colocated_with_remaining_nodes(slim):
    names = {node.name for node in slim.graph_def.node}
    places = [
        place.decode()
        for node in slim.graph_def.node
        for place in node.attr["_class"].list.s
        if "_class" in node.attr
    ]

    assert {place.replace("loc:@", "") for place in places} <= names
