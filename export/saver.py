"""One op that restores all variables of a graph, one that saves them.

`tf.train.Saver` writes an op and two constants for each variable, and a graph without
a Saver costs its importer the time to make one. Here each variable's own initializer
is what restores it: it assigns the value that one RestoreV2 read. Thus a module whose
checkpoint nobody restores fails, where initial values would pass for weights.
"""

from __future__ import annotations

import tensorflow.compat.v1 as tf
from tensorflow.core.framework import attr_value_pb2, node_def_pb2, variable_pb2
from tensorflow.core.protobuf import saver_pb2

_FILENAME = "save/Const"
_DEFAULT_FILENAME = "save/filename/input"
_NAMES = "save/tensor_names"
_SLICES = "save/shape_and_slices"
_RESTORE = "save/RestoreV2"
_RESTORE_ALL = "save/restore_all"
_SAVE = "save/SaveV2"
_SAVED = "save/control_dependency"


def add_saver(meta_graph) -> None:
    """Gives a graph a Saver, in the place of its variables' initial values.

    Args:
      meta_graph: a MetaGraphDef without SaverDef, changed in place. All variables
        are float32 resource variables, in the collection 'variables'.
    """
    definitions = _initialized_by_assignment(meta_graph)
    _restore(meta_graph.graph_def, definitions)
    _save(meta_graph.graph_def, definitions)
    meta_graph.saver_def.CopyFrom(
        saver_pb2.SaverDef(
            filename_tensor_name=_FILENAME + ":0",
            save_tensor_name=_SAVED + ":0",
            restore_op_name=_RESTORE_ALL,
            version=saver_pb2.SaverDef.V2,
        )
    )


def _initialized_by_assignment(meta_graph) -> list:
    """Returns the variables' definitions, none with an initial value of its own."""
    for key in (tf.GraphKeys.GLOBAL_VARIABLES, tf.GraphKeys.TRAINABLE_VARIABLES):
        serialized = meta_graph.collection_def[key].bytes_list.value
        definitions = [
            variable_pb2.VariableDef.FromString(value) for value in serialized
        ]
        for definition in definitions:
            definition.ClearField("initial_value_name")
        serialized[:] = [definition.SerializeToString() for definition in definitions]
        if key == tf.GraphKeys.GLOBAL_VARIABLES:
            all_definitions = definitions
    return all_definitions


def _restore(graph_def, definitions) -> None:
    """Adds what reads a checkpoint, and lets the variables' initializers assign it."""
    names = [definition.variable_name.split(":")[0] for definition in definitions]
    count = len(names)
    graph_def.node.extend(
        [
            _constant(_DEFAULT_FILENAME, "model", []),
            node_def_pb2.NodeDef(
                name=_FILENAME,
                op="PlaceholderWithDefault",
                input=[_DEFAULT_FILENAME],
                attr={"dtype": _type(tf.string), "shape": _shape([])},
            ),
            _constant(_NAMES, names, [count]),
            _constant(_SLICES, [""] * count, [count]),
            node_def_pb2.NodeDef(
                name=_RESTORE,
                op="RestoreV2",
                input=[_FILENAME, _NAMES, _SLICES],
                attr={"dtypes": _types(count)},
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


def _save(graph_def, definitions) -> None:
    values = [definition.snapshot_name for definition in definitions]
    graph_def.node.extend(
        [
            node_def_pb2.NodeDef(
                name=_SAVE,
                op="SaveV2",
                input=[_FILENAME, _NAMES, _SLICES] + values,
                attr={"dtypes": _types(len(values))},
            ),
            node_def_pb2.NodeDef(
                name=_SAVED,
                op="Identity",
                input=[_FILENAME, "^" + _SAVE],
                attr={"T": _type(tf.string)},
            ),
        ]
    )


def _constant(name: str, value, shape: list[int]):
    tensor = tf.make_tensor_proto(value, tf.string, shape)
    node = node_def_pb2.NodeDef(name=name, op="Const", attr={"dtype": _type(tf.string)})
    node.attr["value"].tensor.CopyFrom(tensor)
    return node


def _type(dtype: tf.DType):
    return attr_value_pb2.AttrValue(type=dtype.as_datatype_enum)


def _types(count: int):
    enum = tf.float32.as_datatype_enum
    return attr_value_pb2.AttrValue(
        list=attr_value_pb2.AttrValue.ListValue(type=[enum] * count)
    )


def _shape(dimensions: list[int]):
    return attr_value_pb2.AttrValue(shape=tf.TensorShape(dimensions).as_proto())
