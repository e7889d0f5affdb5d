"""Reads and changes the definitions of a graph's variables in its collections."""

from __future__ import annotations

from typing import Callable

import tensorflow.compat.v1 as tf
from tensorflow.core.framework import variable_pb2
from tensorflow.core.protobuf import meta_graph_pb2

# A trainable variable has a definition in both.
_COLLECTIONS = (tf.GraphKeys.GLOBAL_VARIABLES, tf.GraphKeys.TRAINABLE_VARIABLES)


def definitions(
    meta_graph: meta_graph_pb2.MetaGraphDef,
) -> list[variable_pb2.VariableDef]:
    """Returns the definition of each variable of a MetaGraphDef, in its order."""
    return _parse(meta_graph.collection_def[tf.GraphKeys.GLOBAL_VARIABLES])


def change(
    meta_graph: meta_graph_pb2.MetaGraphDef,
    change_definition: Callable[[variable_pb2.VariableDef], None],
) -> None:
    """Changes all definitions of all variables.

    Args:
      meta_graph: a MetaGraphDef, changed in place.
      change_definition: changes a VariableDef in place.
    """
    for key in _COLLECTIONS:
        collection = meta_graph.collection_def[key]
        changed = _parse(collection)
        for definition in changed:
            change_definition(definition)
        collection.bytes_list.value[:] = [
            definition.SerializeToString() for definition in changed
        ]


def _parse(
    collection: meta_graph_pb2.CollectionDef,
) -> list[variable_pb2.VariableDef]:
    return [
        variable_pb2.VariableDef.FromString(value)
        for value in collection.bytes_list.value
    ]
