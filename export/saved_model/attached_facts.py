"""Reads what is attached to a graph about its network and classes, without TensorFlow.

Another program may have written the module, so that the types are checked.
"""

from __future__ import annotations

from typing import Any

from google.protobuf import struct_pb2

from ... import errors, escaping
from ...signatures import attachments, class_names
from . import graph_facts

# The weights of a module that was fine-tuned often have a long history.
_MAX_CHARACTERS = class_names.MAX_NAME_CHARACTERS

_NAMES_OF_KINDS = {
    None: "nothing",
    "null_value": "null",
    "bool_value": "a truth value",
    "struct_value": "a mapping",
    "list_value": "a list",
}


def read_network(meta_graph: Any, name: str) -> dict[str, str] | None:
    """Returns the facts about the network of a graph.

    Args:
      meta_graph: a MetaGraphDef.
      name: what to call the module in errors.

    Returns:
      The facts by their names, or None if there are none.

    Raises:
      errors.InputError: if a fact is not text, or too long.
    """
    message = graph_facts.attached_message(
        meta_graph, attachments.NETWORK, struct_pb2.Struct, name
    )
    if message is None:
        return None
    return {
        fact: _read_text(value, f"'{escaping.cut(fact)}'", attachments.NETWORK, name)
        for fact, value in message.fields.items()
    }


def read_class_names(meta_graph: Any, name: str) -> list[str] | None:
    """Returns the name of each class in the order of the logits.

    Args:
      meta_graph: a MetaGraphDef.
      name: what to call the module in errors.

    Returns:
      The names, or None if there are none.

    Raises:
      errors.InputError: if a name is not text, or too long.
    """
    message = graph_facts.attached_message(
        meta_graph, attachments.CLASS_NAMES, struct_pb2.ListValue, name
    )
    if message is None:
        return None
    return [
        _read_text(value, f"the name of class {index}", attachments.CLASS_NAMES, name)
        for index, value in enumerate(message.values)
    ]


def _read_text(value: struct_pb2.Value, what: str, key: str, name: str) -> str:
    kind = value.WhichOneof("kind")
    if kind == "string_value" and len(value.string_value) <= _MAX_CHARACTERS:
        return value.string_value
    if kind == "string_value":
        found = f"more than {_MAX_CHARACTERS} characters"
    elif kind == "number_value":
        found = f"the number {value.number_value:g}"
    else:
        found = _NAMES_OF_KINDS[kind]
    raise errors.InputError(
        f"module '{name}' must say {what} as text in its attached message '{key}', "
        f"found {found}: did another program write it?"
    )
