"""Ops that touch files, run Python or reach the network are found."""

from __future__ import annotations

import time

import pytest
import tensorflow.compat.v1 as tf
from tensorflow.core.framework import variable_pb2
from tensorflow.core.protobuf import control_flow_pb2, meta_graph_pb2, queue_runner_pb2

from efficientnet_hub.export.saved_model import outside_ops, saved_model_messages


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
    saved_model = saved_model_messages.SavedModel()
    saved_model.meta_graphs.add().ParseFromString(meta_graph.SerializeToString())
    return saved_model


def _build_saver(**options):
    tf.get_variable("v", [2], use_resource=True)
    return tf.train.Saver(**options)


@pytest.mark.parametrize("sharded", [False, True])
@pytest.mark.parametrize("version", [1, 2])
def test_a_saver_is_left_out(sharded, version):
    def build():
        return _build_saver(sharded=sharded, write_version=version)

    assert outside_ops.find(_saved_model(build)) == []


def _find_with_saver(change, **options):
    """Returns what is found after a function has changed the graph of a Saver."""
    saved_model = _saved_model(lambda: _build_saver(**options))
    graph = saved_model.meta_graphs[0]
    change(graph, {node.name: node for node in graph.graph_def.node})
    return outside_ops.find(saved_model)


_BOTH = ["RestoreV2 touches files", "SaveV2 touches files"]


def _name_by_a_constant(graph, nodes):
    graph.saver_def.filename_tensor_name = "save/filename/input:0"
    nodes["save/SaveV2"].input[0] = "save/filename/input"
    nodes["save/RestoreV2"].input[0] = "save/filename/input"


def _give_an_absolute_default(graph, nodes):
    value = nodes["save/filename/input"].attr["value"].tensor
    value.string_val[:] = [b"/home/other"]


def _forget_the_saver(graph, nodes):
    graph.ClearField("saver_def")


@pytest.mark.parametrize(
    "change", [_name_by_a_constant, _give_an_absolute_default, _forget_the_saver]
)
def test_a_saver_whose_file_is_fixed_is_found(change):
    assert _find_with_saver(change) == _BOTH


def _output(name):
    def change(graph, nodes):
        graph.signature_def["default"].outputs["default"].name = name

    return change


def _initialize_by_saving(graph, nodes):
    graph.collection_def["saved_model_main_op"].node_list.value.append("save/SaveV2")


def _describe(collection, message):
    def change(graph, nodes):
        values = graph.collection_def[collection].bytes_list.value
        values.append(message.SerializeToString())

    return change


def _variable(**fields):
    return variable_pb2.VariableDef(variable_name="v:0", **fields)


def _nested_loop():
    inner = control_flow_pb2.WhileContextDef(pivot_name="save/SaveV2")
    outer = control_flow_pb2.CondContextDef(context_name="cond")
    outer.nested_contexts.add().while_ctxt.CopyFrom(inner)
    return outer


def _runner():
    return queue_runner_pb2.QueueRunnerDef(enqueue_op_name=["save/SaveV2"])


def _fill(graph, nodes):
    values = graph.collection_def["variables"].bytes_list.value
    values.append(b"\x0a\x00" * 2**22 + b"\x0a\x0bsave/SaveV2")


def _nest(graph, nodes):
    value = b"save/SaveV2"
    for _ in range(10_000):
        length = len(value).to_bytes(1, "little") if len(value) < 128 else None
        if length is None:
            length = bytes([len(value) & 127 | 128, len(value) >> 7 & 127 | 128])
            length += bytes([len(value) >> 14])
        value = b"\x0a" + length + value
    graph.collection_def["variables"].bytes_list.value.append(value)


def _restore_after_saving(graph, nodes):
    nodes["save/restore_all"].input.append("^save/SaveV2")


def _read_after_saving(graph, nodes):
    graph.graph_def.node.add(name="other", op="NoOp", input=["^save/SaveV2"])


def _save_again(graph, nodes):
    again = graph.graph_def.node.add()
    again.CopyFrom(nodes["save/SaveV2"])
    again.name = "again"


@pytest.mark.parametrize(
    "change",
    [
        _output("save/control_dependency:0"),
        _initialize_by_saving,
        _describe("variables", _variable(snapshot_name="save/control_dependency:0")),
        _describe("variables", _variable(initializer_name="save/SaveV2")),
        _describe("model_variables", _variable(initial_value_name="save/SaveV2:0")),
        _describe("cond_context", _nested_loop()),
        _describe("queue_runners", _runner()),
        _fill,
        _nest,
        _restore_after_saving,
        _read_after_saving,
        _save_again,
    ],
)
def test_writing_that_not_only_the_saver_needs_is_found(change):
    start = time.process_time()
    assert "SaveV2 touches files" in _find_with_saver(change)
    assert time.process_time() - start < 3


def test_a_saver_that_an_initializer_also_reads_with_is_left_out():
    def initialize_by_restoring(graph, nodes):
        assert "^save/AssignVariableOp" in nodes["save/restore_all"].input
        message = _variable(
            initializer_name="save/AssignVariableOp",
            snapshot_name="v/Read/ReadVariableOp:0",
        )
        _describe("variables", message)(graph, nodes)

    assert _find_with_saver(initialize_by_restoring) == []


def test_reading_that_an_output_needs_is_found():
    assert _find_with_saver(_output("save/RestoreV2:0")) == ["RestoreV2 touches files"]


def _join(*parts, separator=b""):
    """Returns a change to a graph that joins texts to the name of the saved file."""

    def change(graph, nodes):
        name = "save/Const"
        for index, part in enumerate(parts):
            constant = graph.graph_def.node.add(name=f"part{index}", op="Const")
            constant.attr["value"].tensor.string_val.append(part)
            inputs = [name, constant.name]
            name = f"joined{index}"
            join = graph.graph_def.node.add(name=name, op="StringJoin", input=inputs)
            join.attr["separator"].s = separator
        nodes["save/SaveV2"].input[0] = name

    return change


def _put_before(graph, nodes):
    _join(b"/home/other")(graph, nodes)
    graph.graph_def.node[-1].input[:] = ["part0", "save/Const"]


def _select_another(graph, nodes):
    _join(b"/home/other")(graph, nodes)
    select = graph.graph_def.node[-1]
    select.op = "Select"
    select.input[:] = ["save/Const", "save/Const", "part0"]


def _feed_the_end_of_the_name(graph, nodes):
    _join(b"part")(graph, nodes)
    asset = meta_graph_pb2.AssetFileDef(filename="../../other")
    asset.tensor_info.name = "part0:0"
    described = meta_graph_pb2.MetaGraphDef(asset_file_def=[asset])
    graph.MergeFromString(described.SerializeToString())


def test_a_file_beside_that_of_the_saver_is_left_out():
    assert _find_with_saver(_join(b"_temp/", b"part")) == []


@pytest.mark.parametrize(
    "change",
    [
        _join(b"/../other"),
        _join(b"/.", b"./other"),
        _join(b"", b"other", separator=b"/../"),
        _feed_the_end_of_the_name,
        _put_before,
        _select_another,
    ],
)
def test_a_file_elsewhere_than_that_of_the_saver_is_found(change):
    assert _find_with_saver(change) == ["SaveV2 touches files"]


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


def test_many_ops_of_a_saver_with_one_long_name_are_found_fast():
    saved_model = saved_model_messages.SavedModel()
    meta_graph = saved_model.meta_graphs.add()
    meta_graph.saver_def.filename_tensor_name = "0:0"
    meta_graph.saver_def.restore_op_name = "restored"
    nodes, count = meta_graph.graph_def.node, 10_000
    nodes.add(name="0", op="Placeholder")
    for index in range(count):
        nodes.add(name=f"{index + 1}", op="Identity", input=[str(index)])
        nodes.add(name=f"read{index}", op="RestoreV2", input=[str(count)])
    inputs = [f"^read{index}" for index in range(count)]
    nodes.add(name="restored", op="NoOp", input=inputs)

    start = time.process_time()
    assert outside_ops.find(saved_model) == []
    assert time.process_time() - start < 5


def test_ops_in_functions_are_found():
    @tf.function
    def write(name):
        tf.io.write_file(name, "text")
        return name

    def build():
        write(tf.placeholder(tf.string, []))

    assert outside_ops.find(_saved_model(build)) == ["WriteFile touches files"]
