"""A graph with short names is the same graph."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow.compat.v1 as tf

from efficientnet_hub.export.graph_passes import saver, short_names


@pytest.fixture(name="short")
def _short():
    """Returns a graph that normalizes its inputs, with short names."""
    with tf.Graph().as_default() as graph:
        inputs = tf.placeholder(tf.float32, [2, 1, 1, 1], name="inputs")
        with tf.variable_scope("network"):
            scale = tf.get_variable("scale", [1], use_resource=True)
            offset = tf.get_variable("layer/offset", [1], use_resource=True)
            two = tf.constant(2.0, name="layer/two")
            doubled = tf.multiply(inputs, two, name="layer/doubled")
            normalized, _, variance = tf.raw_ops.FusedBatchNorm(
                x=tf.multiply(doubled, two, name="layer/inputs"),
                scale=scale,
                offset=offset,
                mean=[],
                variance=[],
                name="layer/norm",
            )[:3]
            # The network's scope hides no name that there is outside.
            outputs = tf.identity(normalized, name="inputs")
            update = scale.assign_sub(variance)
        tf.add_to_collection(tf.GraphKeys.UPDATE_OPS, update)
        tf.add_to_collection(tf.GraphKeys.LOSSES, variance)
        with graph.colocate_with(doubled.op):
            tf.identity(doubled, name="network/neighbour")
        meta_graph = tf.train.export_meta_graph()
    signature = meta_graph.signature_def["default"]
    for infos, tensors in (
        (signature.inputs, {"inputs": inputs}),
        (signature.outputs, {"default": outputs, "variance": variance}),
    ):
        for key, tensor in tensors.items():
            infos[key].name = tensor.name
    saver.add_saver(meta_graph)
    short_names.shorten(meta_graph)
    return meta_graph


def _names(meta_graph) -> set[str]:
    return {node.name for node in meta_graph.graph_def.node}


def test_nodes_that_compute_lose_the_scope_of_the_network(short):
    assert {"layer/doubled", "layer/norm"} <= _names(short)
    assert "network/layer/norm" not in _names(short)


def test_a_name_is_not_used_twice(short):
    assert {"inputs", "network/inputs"} <= _names(short)
    assert len(_names(short)) == len(short.graph_def.node)


def test_a_variable_and_its_read_keep_their_names(short):
    for variable in ("network/scale", "network/layer/offset"):
        assert {variable, variable + "/Read/ReadVariableOp"} <= _names(short)


def test_assignments_and_shared_constants_are_numbered(short):
    assert {"save/0", "save/1", "constant_0"} <= _names(short)
    assert not [name for name in _names(short) if name.endswith(("/Assign", "/two"))]


def test_a_node_is_colocated_with_the_same_node(short):
    nodes = {node.name: node for node in short.graph_def.node}

    assert list(nodes["neighbour"].attr["_class"].list.s) == [b"loc:@layer/doubled"]


def test_outputs_and_updates_are_the_same(short):
    with tf.Graph().as_default(), tf.Session() as session:
        tf.train.import_meta_graph(short)
        scale, offset = tf.global_variables()
        session.run([scale.assign([3.0]), offset.assign([4.0])])
        signature = short.signature_def["default"]
        names = [signature.outputs[key].name for key in ("default", "variance")]
        inputs = {signature.inputs["inputs"].name: np.reshape([1.0, 3.0], [2, 1, 1, 1])}

        outputs, variance = session.run(names, inputs)
        # 4 and 12 are 8 - 4 and 8 + 4; the variance that TensorFlow gives is that of
        # the population: 2 / (2 - 1) times 16.
        np.testing.assert_allclose(outputs.ravel(), [-3 + 4, 3 + 4], rtol=1e-3)
        np.testing.assert_allclose(variance, [32.0], rtol=1e-6)
        (loss,) = tf.get_collection(tf.GraphKeys.LOSSES)
        np.testing.assert_array_equal(session.run(loss, inputs), variance)
        session.run(tf.get_collection(tf.GraphKeys.UPDATE_OPS), inputs)
        np.testing.assert_allclose(session.run(scale), [3.0 - 32.0], rtol=1e-6)


def test_the_graph_can_be_frozen(short):
    with tf.Graph().as_default(), tf.Session() as session:
        tf.train.import_meta_graph(short)
        scale, offset = tf.global_variables()
        session.run([scale.assign([3.0]), offset.assign([4.0])])
        frozen = tf.graph_util.convert_variables_to_constants(
            session, session.graph.as_graph_def(), ["network/inputs"]
        )

    assert not [node for node in frozen.node if node.op == "VarHandleOp"]


def test_without_a_common_scope_no_node_loses_a_scope():
    with tf.Graph().as_default():
        for name in ("one", "other"):
            tf.get_variable(name, [1], use_resource=True)
        tf.identity(1.0, name="layer/identity")
        meta_graph = tf.train.export_meta_graph()
    saver.add_saver(meta_graph)
    short_names.shorten(meta_graph)

    assert "layer/identity" in _names(meta_graph)
