"""A graph's variables, as its collections define them."""

from __future__ import annotations

from typing import Callable

import tensorflow.compat.v1 as tf
from tensorflow.core.framework import variable_pb2

# A trainable variable is defined in both.
_COLLECTIONS = (tf.GraphKeys.GLOBAL_VARIABLES, tf.GraphKeys.TRAINABLE_VARIABLES)


def definitions(meta_graph) -> list[variable_pb2.VariableDef]:
    """Returns the definition of each variable of a MetaGraphDef, in its order."""
    return _parsed(meta_graph.collection_def[tf.GraphKeys.GLOBAL_VARIABLES])


def change(
    meta_graph, change_definition: Callable[[variable_pb2.VariableDef], None]
) -> None:
    """Changes each definition of each variable.

    Args:
      meta_graph: a MetaGraphDef, changed in place.
      change_definition: changes the VariableDef that it is given.
    """
    for key in _COLLECTIONS:
        collection = meta_graph.collection_def[key]
        changed = _parsed(collection)
        for definition in changed:
            change_definition(definition)
        collection.bytes_list.value[:] = [
            definition.SerializeToString() for definition in changed
        ]


def _parsed(collection):
    return [
        variable_pb2.VariableDef.FromString(value)
        for value in collection.bytes_list.value
    ]
