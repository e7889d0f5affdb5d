"""Adds one op that restores all variables of a graph, and a Saver that names it.

`tf.train.Saver` adds an op and two constants for each variable. Without a Saver in the
graph, `tf.train.import_meta_graph` builds one, which takes time. Here the initializer
of each variable restores it: it assigns a value that one RestoreV2 op reads. So a
module fails if its checkpoint is not restored, instead of running with initial values.

The Saver only restores. hub and the SavedModel loaders discard it after they restore
the variables. The save op, which would take each variable as an input, is left out. An
attempt to save by this Saver fails.
"""

from __future__ import annotations

from typing import Sequence

import tensorflow.compat.v1 as tf
from tensorflow.core.framework import (
    attr_value_pb2,
    graph_pb2,
    node_def_pb2,
    variable_pb2,
)
from tensorflow.core.protobuf import meta_graph_pb2, saver_pb2

from . import variable_definitions

_FILENAME = "save/Const"
_DEFAULT_FILENAME = "save/filename/input"
_NAMES = "save/tensor_names"
_SLICES = "save/shape_and_slices"
_RESTORE = "save/RestoreV2"
_RESTORE_ALL = "save/restore_all"
_SAVES = "save/saves"
_ADVICE = "save/advice"
_REFUSAL = "save/Assert"
_SAVED = "save/control_dependency"


def add_saver(meta_graph: meta_graph_pb2.MetaGraphDef) -> None:
    """Adds a Saver to a graph, and removes the initial values of its variables.

    Args:
      meta_graph: a MetaGraphDef without SaverDef, changed in place. All variables
        must be float32 resource variables in the collection 'variables'.
    """
    variable_definitions.change(meta_graph, _clear_initial_value)
    _add_restore_op(meta_graph.graph_def, variable_definitions.definitions(meta_graph))
    _add_failing_save_op(meta_graph.graph_def)
    meta_graph.saver_def.CopyFrom(
        saver_pb2.SaverDef(
            filename_tensor_name=_FILENAME + ":0",
            save_tensor_name=_SAVED + ":0",
            restore_op_name=_RESTORE_ALL,
            version=saver_pb2.SaverDef.V2,
        )
    )


def _clear_initial_value(definition: variable_pb2.VariableDef) -> None:
    definition.ClearField("initial_value_name")


def _add_restore_op(
    graph_def: graph_pb2.GraphDef, definitions: Sequence[variable_pb2.VariableDef]
) -> None:
    """Adds the ops that read a checkpoint, as inputs of the variables' initializers."""
    names = [definition.variable_name.split(":")[0] for definition in definitions]
    count = len(names)
    graph_def.node.extend(
        [
            _constant(_DEFAULT_FILENAME, tf.string, "model", []),
            node_def_pb2.NodeDef(
                name=_FILENAME,
                op="PlaceholderWithDefault",
                input=[_DEFAULT_FILENAME],
                attr={"dtype": _type(tf.string), "shape": _shape([])},
            ),
            _constant(_NAMES, tf.string, names, [count]),
            _constant(_SLICES, tf.string, [""] * count, [count]),
            node_def_pb2.NodeDef(
                name=_RESTORE,
                op="RestoreV2",
                input=[_FILENAME, _NAMES, _SLICES],
                attr={"dtypes": _types(tf.float32, count)},
            ),
        ]
    )
    initializers = [definition.initializer_name for definition in definitions]
    nodes = {node.name: node for node in graph_def.node}
    for output, initializer in enumerate(initializers):
        # AssignVariableOp(variable, value).
        nodes[initializer].input[1] = f"{_RESTORE}:{output}"
    graph_def.node.add(
        name=_RESTORE_ALL, op="NoOp", input=["^" + name for name in initializers]
    )


def _add_failing_save_op(graph_def: graph_pb2.GraphDef) -> None:
    """Adds the save op that a SaverDef must name. It fails when it runs."""
    graph_def.node.extend(
        [
            _constant(_SAVES, tf.bool, False, []),
            _constant(
                _ADVICE,
                tf.string,
                "a module's own Saver only restores: save by another tf.train.Saver",
                [],
            ),
            node_def_pb2.NodeDef(
                name=_REFUSAL,
                op="Assert",
                input=[_SAVES, _ADVICE],
                attr={"T": _types(tf.string, 1)},
            ),
            node_def_pb2.NodeDef(
                name=_SAVED,
                op="Identity",
                input=[_FILENAME, "^" + _REFUSAL],
                attr={"T": _type(tf.string)},
            ),
        ]
    )


def _constant(
    name: str, dtype: tf.DType, value: object, shape: list[int]
) -> node_def_pb2.NodeDef:
    tensor = tf.make_tensor_proto(value, dtype, shape)
    node = node_def_pb2.NodeDef(name=name, op="Const", attr={"dtype": _type(dtype)})
    node.attr["value"].tensor.CopyFrom(tensor)
    return node


def _type(dtype: tf.DType) -> attr_value_pb2.AttrValue:
    return attr_value_pb2.AttrValue(type=dtype.as_datatype_enum)


def _types(dtype: tf.DType, count: int) -> attr_value_pb2.AttrValue:
    enums = [dtype.as_datatype_enum] * count
    return attr_value_pb2.AttrValue(list=attr_value_pb2.AttrValue.ListValue(type=enums))


def _shape(dimensions: list[int]) -> attr_value_pb2.AttrValue:
    return attr_value_pb2.AttrValue(shape=tf.TensorShape(dimensions).as_proto())
