"""One joint fold computes the same as the separate folds."""

from __future__ import annotations

import collections

import numpy as np
import tensorflow.compat.v1 as tf

from efficientnet_hub.efficientnet import batch_norm
from efficientnet_hub.export.graph_passes import folds
from efficientnet_hub.tests import golden

_CHANNELS = (3, 5, 2)


def _folding(epsilons=(1e-3, 1e-3, 1e-3)):
    """Returns a graph of folded batch norms, as a MetaGraphDef."""
    with tf.Graph().as_default():
        for number, (channels, epsilon) in enumerate(zip(_CHANNELS, epsilons)):
            mode = batch_norm.Mode(epsilon, update_rate=None)
            norm = batch_norm.BatchNorm(channels, mode, f"norm_{number}")
            for vector in norm.scale_and_shift():
                tf.add_to_collection("vectors", tf.identity(vector))
        return tf.train.export_meta_graph()


def _ops(meta_graph) -> collections.Counter:
    """Counts the ops that the vectors depend on."""
    names = [
        value.split(":")[0]
        for value in meta_graph.collection_def["vectors"].node_list.value
    ]
    graph_def = tf.graph_util.extract_sub_graph(meta_graph.graph_def, names)
    return collections.Counter(node.op for node in graph_def.node)


def _run(meta_graph) -> list[np.ndarray]:
    """Returns all vectors, and the gradients of their sum by all variables."""
    with tf.Graph().as_default(), tf.Session() as session:
        tf.train.import_meta_graph(meta_graph)
        golden.fill(session)
        vectors = tf.get_collection("vectors")
        total = tf.add_n([tf.reduce_sum(vector) for vector in vectors])
        return session.run(vectors + tf.gradients(total, tf.global_variables()))


def test_there_is_one_fold():
    meta_graph = _folding()
    assert _ops(meta_graph)["Rsqrt"] == len(_CHANNELS)

    folds.compute_at_once(meta_graph.graph_def)

    ops = _ops(meta_graph)
    assert (ops["Rsqrt"], ops["ConcatV2"], ops["SplitV"]) == (1, 4, 2)
    assert (ops["Mul"], ops["Sub"]) == (2, 1)


def test_values_and_gradients_are_the_same():
    meta_graph = _folding()
    expected = _run(meta_graph)
    folds.compute_at_once(meta_graph.graph_def)

    for found, one in zip(_run(meta_graph), expected):
        np.testing.assert_allclose(found, one, rtol=1e-6)


def test_folds_with_different_epsilons_are_unchanged():
    meta_graph = _folding(epsilons=(1e-3, 1e-3, 1e-5))
    before = meta_graph.graph_def.SerializeToString(deterministic=True)

    folds.compute_at_once(meta_graph.graph_def)

    assert meta_graph.graph_def.SerializeToString(deterministic=True) == before


def test_a_graph_without_folds_is_unchanged():
    with tf.Graph().as_default() as graph:
        tf.math.rsqrt(tf.placeholder(tf.float32, [None]) + 1.0)
    graph_def = graph.as_graph_def()
    before = graph_def.SerializeToString(deterministic=True)

    folds.compute_at_once(graph_def)

    assert graph_def.SerializeToString(deterministic=True) == before
