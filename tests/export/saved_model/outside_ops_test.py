"""Ops that touch files, run Python or reach the network are found."""

from __future__ import annotations

import pytest
import tensorflow.compat.v1 as tf
from tensorflow.core.protobuf import saved_model_pb2

from efficientnet_hub.export.saved_model import outside_ops


@pytest.mark.parametrize(
    ("op", "effect"),
    [
        ("WriteFile", "touches files"),
        ("MatchingFiles", "touches files"),
        ("TFRecordDatasetV2", "touches files"),
        ("ImmutableConst", "touches files"),
        ("EagerPyFunc", "runs Python"),
        ("RpcCall", "reaches the network"),
        ("DebugIdentityV2", "reaches the network"),
        ("CollectiveBcastSendV2", "reaches the network"),
        ("DataServiceDatasetV4", "reaches the network"),
        ("Conv2D", None),
        ("ReadVariableOp", None),
        ("RangeDataset", None),
        ("DebugGradientIdentity", None),
    ],
)
def test_the_effect_of_an_op_is_known(op, effect):
    assert outside_ops.describe_effect(op) == effect


def _saved_model(build):
    """Returns the graph that a function builds, which may return a Saver."""
    with tf.Graph().as_default() as graph:
        saver = build()
    meta_graph = tf.MetaGraphDef(graph_def=graph.as_graph_def())
    if saver is not None:
        meta_graph.saver_def.CopyFrom(saver.as_saver_def())
    return saved_model_pb2.SavedModel(meta_graphs=[meta_graph])


def test_a_saver_is_left_out():
    def build():
        tf.get_variable("v", [2], use_resource=True)
        return tf.train.Saver(sharded=True)

    assert outside_ops.find(_saved_model(build)) == []


@pytest.mark.parametrize("with_saver", [False, True])
def test_reading_a_checkpoint_of_another_name_is_found(with_saver):
    def build():
        variable = tf.get_variable("v", [2], use_resource=True)
        tf.raw_ops.RestoreV2(
            prefix="/home/other",
            tensor_names=["v"],
            shape_and_slices=[""],
            dtypes=[tf.float32],
        )
        return tf.train.Saver([variable]) if with_saver else None

    assert outside_ops.find(_saved_model(build)) == ["RestoreV2 touches files"]


def test_ops_in_functions_are_found():
    @tf.function
    def write(name):
        tf.io.write_file(name, "text")
        return name

    def build():
        write(tf.placeholder(tf.string, []))

    assert outside_ops.find(_saved_model(build)) == ["WriteFile touches files"]
