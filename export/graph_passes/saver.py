"""One op that restores all variables of a graph, and a Saver that names it.

`tf.train.Saver` writes an op and two constants for each variable, and a graph without
a Saver costs its importer the time to make one. Here each variable's own initializer
is what restores it: it assigns the value that one RestoreV2 read. Thus a module whose
checkpoint nobody restores fails, where initial values would pass for weights.

Nobody saves by a module's Saver: hub and the loaders throw it away when they have
restored by it. What would save, an input for each variable, is left out, and to save
by it is an error.
"""

from __future__ import annotations

import tensorflow.compat.v1 as tf
from tensorflow.core.framework import attr_value_pb2, node_def_pb2
from tensorflow.core.protobuf import saver_pb2

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


def add_saver(meta_graph) -> None:
    """Gives a graph a Saver, in the place of its variables' initial values.

    Args:
      meta_graph: a MetaGraphDef without SaverDef, changed in place. All variables
        are float32 resource variables, in the collection 'variables'.
    """
    variable_definitions.change(meta_graph, _forget_initial_value)
    _restore(meta_graph.graph_def, variable_definitions.definitions(meta_graph))
    _refuse_to_save(meta_graph.graph_def)
    meta_graph.saver_def.CopyFrom(
        saver_pb2.SaverDef(
            filename_tensor_name=_FILENAME + ":0",
            save_tensor_name=_SAVED + ":0",
            restore_op_name=_RESTORE_ALL,
            version=saver_pb2.SaverDef.V2,
        )
    )


def _forget_initial_value(definition) -> None:
    definition.ClearField("initial_value_name")


def _restore(graph_def, definitions) -> None:
    """Adds what reads a checkpoint, and lets the variables' initializers assign it."""
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
        nodes[initializer].input[1] = "%s:%d" % (_RESTORE, output)
    graph_def.node.add(
        name=_RESTORE_ALL, op="NoOp", input=["^" + name for name in initializers]
    )


def _refuse_to_save(graph_def) -> None:
    """Adds the op that a SaverDef must name, which fails when it runs."""
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


def _constant(name: str, dtype: tf.DType, value, shape: list[int]):
    tensor = tf.make_tensor_proto(value, dtype, shape)
    node = node_def_pb2.NodeDef(name=name, op="Const", attr={"dtype": _type(dtype)})
    node.attr["value"].tensor.CopyFrom(tensor)
    return node


def _type(dtype: tf.DType):
    return attr_value_pb2.AttrValue(type=dtype.as_datatype_enum)


def _types(dtype: tf.DType, count: int):
    enums = [dtype.as_datatype_enum] * count
    return attr_value_pb2.AttrValue(list=attr_value_pb2.AttrValue.ListValue(type=enums))


def _shape(dimensions: list[int]):
    return attr_value_pb2.AttrValue(shape=tf.TensorShape(dimensions).as_proto())
