"""The graph of a module restores its variables by one op, or fails without them."""

from __future__ import annotations

import copy
import os

import numpy as np
import pytest
import tensorflow.compat.v1 as tf
from tensorflow.core.protobuf import saved_model_pb2

_TAG_SETS = ["", "train", "serve"]


@pytest.fixture(name="meta_graphs", scope="module")
def _meta_graphs(module):
    """The module's MetaGraphDefs, as TensorFlow reads them, by tag."""
    path = os.path.join(module.directory, "saved_model.pb")
    with open(path, "rb") as file:
        saved_model = saved_model_pb2.SavedModel.FromString(file.read())
    return {"".join(each.meta_info_def.tags): each for each in saved_model.meta_graphs}


@pytest.fixture(name="prefix", scope="module")
def _prefix(module):
    return os.path.join(module.directory, "variables", "variables")


def _expect_values(session, expected: dict[str, np.ndarray]) -> None:
    found = session.run({v.op.name: v for v in tf.global_variables()})
    assert set(found) == set(expected)
    for name, value in found.items():
        np.testing.assert_array_equal(value, expected[name], err_msg=name)


@pytest.mark.parametrize("tag", _TAG_SETS)
def test_an_imported_graph_restores_its_checkpoint(meta_graphs, prefix, entries, tag):
    with tf.Graph().as_default(), tf.Session() as session:
        saver = tf.train.import_meta_graph(meta_graphs[tag])
        saver.restore(session, prefix)

        _expect_values(session, entries(prefix))


@pytest.mark.parametrize("tag", _TAG_SETS)
def test_an_import_adds_no_op_to_save_or_restore(meta_graphs, tag):
    with tf.Graph().as_default() as graph:
        tf.train.import_meta_graph(meta_graphs[tag])

        assert len(graph.get_operations()) == len(meta_graphs[tag].graph_def.node)
        kinds = [op.type for op in graph.get_operations()]
        assert (kinds.count("RestoreV2"), kinds.count("SaveV2")) == (1, 0)


def test_an_import_into_a_scope_restores_the_same_checkpoint(
    meta_graphs, prefix, entries
):
    with tf.Graph().as_default(), tf.Session() as session:
        # A copy, because TensorFlow adds the scope to its argument.
        meta_graph = copy.deepcopy(meta_graphs["serve"])
        saver = tf.train.import_meta_graph(meta_graph, import_scope="inner")
        saver.restore(session, prefix)
        found = session.run({v.op.name: v for v in tf.global_variables()})

    for name, value in entries(prefix).items():
        np.testing.assert_array_equal(found["inner/" + name], value)


@pytest.mark.parametrize("tag", _TAG_SETS)
def test_saving_with_it_fails(meta_graphs, prefix, tmp_path, tag):
    with tf.Graph().as_default(), tf.Session() as session:
        saver = tf.train.import_meta_graph(meta_graphs[tag])
        saver.restore(session, prefix)

        # Not silently without a file.
        with pytest.raises(tf.errors.OpError, match="save by another tf.train.Saver"):
            saver.save(session, str(tmp_path / "model.ckpt"))


def test_another_saver_saves_what_it_restored(meta_graphs, prefix, entries, tmp_path):
    with tf.Graph().as_default(), tf.Session() as session:
        saver = tf.train.import_meta_graph(meta_graphs["train"])
        saver.restore(session, prefix)
        saved = tf.train.Saver().save(session, str(tmp_path / "model.ckpt"))

    values = entries(saved)
    assert set(values) == set(entries(prefix))
    for name, value in entries(prefix).items():
        np.testing.assert_array_equal(values[name], value, err_msg=name)


@pytest.mark.parametrize("tag", _TAG_SETS)
def test_an_initialization_without_checkpoint_fails(meta_graphs, tag):
    with tf.Graph().as_default(), tf.Session() as session:
        tf.train.import_meta_graph(meta_graphs[tag])

        # Not silently with other values than the weights.
        with pytest.raises(tf.errors.OpError, match="model"):
            session.run(tf.global_variables_initializer())
