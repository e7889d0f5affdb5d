"""Swish as a function has the same values and gradients, and needs less memory."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow.compat.v1 as tf

from efficientnet_hub.export.graph_passes import recomputation


def _graph_def():
    """Two swishes, the second with swapped factors, and a sigmoid that is kept."""
    with tf.Graph().as_default() as graph:
        features = tf.placeholder(tf.float32, [None], name="features")
        first = tf.multiply(features, tf.sigmoid(features), name="first")
        gate = tf.sigmoid(first, name="gate")
        tf.add(tf.multiply(gate, first), gate, name="outputs")
        # Not a swish: the sigmoid of something else.
        tf.multiply(features, gate, name="gated")
    return graph.as_graph_def()


def _recomputing():
    graph_def = _graph_def()
    recomputation.recompute_in_gradients(graph_def)
    return graph_def


def _run(graph_def, features):
    """Returns the outputs and the gradient of their sum by the features."""
    with tf.Graph().as_default(), tf.Session() as session:
        placeholder = tf.placeholder(tf.float32, [None])
        outputs, gated = tf.import_graph_def(
            graph_def, {"features": placeholder}, ["outputs:0", "gated:0"]
        )
        (gradient,) = tf.gradients(outputs + gated, placeholder)
        return session.run([outputs, gated, gradient], {placeholder: features})


def test_each_swish_is_a_call():
    graph_def = _recomputing()

    functions = [f.signature.name for f in graph_def.library.function]
    calls = {n.name: list(n.input) for n in graph_def.node if n.op in functions}
    assert len(calls) == 2
    assert calls["first"] == ["features"]
    assert {"gate", "gated", "outputs"} <= {node.name for node in graph_def.node}


def test_a_call_keeps_its_shape_and_no_other_attribute():
    with tf.Graph().as_default() as graph:
        features = tf.placeholder(tf.float32, [None, None, 5], name="features")
        tf.multiply(features, tf.sigmoid(features), name="swish")
    graph_def = graph.as_graph_def(add_shapes=True)

    recomputation.recompute_in_gradients(graph_def)

    (call,) = [node for node in graph_def.node if node.name == "swish"]
    assert list(call.attr) == ["_output_shapes"]
    (shape,) = call.attr["_output_shapes"].list.shape
    assert [dimension.size for dimension in shape.dim] == [-1, -1, 5]


def test_values_and_gradients_are_the_same():
    features = np.concatenate(
        [np.random.RandomState(0).normal(scale=3, size=999), [0.0, -100.0, 100.0]]
    )

    expected = _run(_graph_def(), features)
    found = _run(_recomputing(), features)

    for one, other in zip(found, expected):
        np.testing.assert_allclose(one, other, rtol=1e-6, atol=1e-7)


def test_the_gradient_is_that_of_swish():
    # d/dx of x * sigmoid(x), in float64.
    features = np.linspace(-8, 8, 41)
    sigmoid = 1 / (1 + np.exp(-features))
    expected = sigmoid * (1 + features * (1 - sigmoid))

    graph_def = _recomputing()
    with tf.Graph().as_default(), tf.Session() as session:
        constant = tf.constant(features, tf.float32)
        (first,) = tf.import_graph_def(graph_def, {"features": constant}, ["first:0"])
        found = session.run(tf.gradients(first, constant)[0])

    np.testing.assert_allclose(found, expected, atol=1e-6)


def test_two_such_graphs_can_be_imported_into_one():
    with tf.Graph().as_default() as graph:
        for _ in range(2):
            features = {"features": tf.ones([1])}
            tf.import_graph_def(_recomputing(), features, ["outputs:0"])
        library = graph.as_graph_def().library

    assert (len(library.function), len(library.gradient)) == (2, 1)


def test_a_graph_without_swish_is_unchanged():
    with tf.Graph().as_default() as graph:
        tf.nn.relu6(tf.placeholder(tf.float32, [None]))
    graph_def = graph.as_graph_def()
    before = graph_def.SerializeToString(deterministic=True)

    recomputation.recompute_in_gradients(graph_def)

    assert graph_def.SerializeToString(deterministic=True) == before


def _kept_bytes(graph_def) -> int:
    """Returns the peak memory of forward and backward pass of twenty swishes."""
    with tf.Graph().as_default(), tf.Session() as session:
        kernels = [tf.get_variable(f"kernel_{i}", [1]) for i in range(20)]
        images = tf.random.uniform([1 << 18])
        for kernel in kernels:
            features = {"features": images * kernel}
            (images,) = tf.import_graph_def(graph_def, features, ["first:0"])
        gradients = tf.gradients(images, kernels)
        session.run(tf.global_variables_initializer())
        metadata = tf.RunMetadata()
        options = tf.RunOptions(trace_level=tf.RunOptions.FULL_TRACE)
        session.run(gradients, options=options, run_metadata=metadata)
    return _peak_of(metadata)


def _peak_of(metadata) -> int:
    records = sorted(
        (record.alloc_micros, record.alloc_bytes)
        for device in metadata.step_stats.dev_stats
        for node in device.node_stats
        for memory in node.memory
        for record in memory.allocation_records
    )
    return int(np.max(np.cumsum([size for _, size in records])))


@pytest.mark.slow
@pytest.mark.skipif(not tf.__version__.startswith("2."), reason="1.15 records nothing")
def test_a_sigmoid_is_not_kept():
    one = 4 * (1 << 18)

    # Of features, sigmoid and product, the products' gradients need two.
    assert _kept_bytes(_graph_def()) > 55 * one
    assert _kept_bytes(_recomputing()) < 50 * one
