"""Protocol messages made from a table of their fields, in a pool of their own.

Generated code of one protobuf does not load in another, and TensorFlow from 1.15
to the newest brings protobuf from 3 to 7, so messages are made from descriptors.
In the default pool these would clash with those of the package they are copied
from, should that be imported too.

Only the fields that are used need to be in a table: protobuf keeps the others as
they are when a message is read and written again.
"""

from __future__ import annotations

import dataclasses
from typing import Mapping, Sequence

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

_FieldProto = descriptor_pb2.FieldDescriptorProto

BOOL = _FieldProto.TYPE_BOOL
BYTES = _FieldProto.TYPE_BYTES
INT32 = _FieldProto.TYPE_INT32
INT64 = _FieldProto.TYPE_INT64
STRING = _FieldProto.TYPE_STRING
ENUM = INT32  # The same on the wire, and an int in Python.


@dataclasses.dataclass(frozen=True)
class Field:
    """A field of a message.

    Attributes:
      name: its name.
      number: its number.
      kind: one of the scalar types above, or the name of a message of the same table.
      repeated: whether it is a list.
      by_string: whether it is a map from strings.
      oneof: the name of the group of which one field may be set, if it is in one.
    """

    name: str
    number: int
    kind: int | str
    repeated: bool = False
    by_string: bool = False
    oneof: str | None = None


def message_classes(package: str, messages: Mapping[str, Sequence[Field]]) -> dict:
    """Makes message classes.

    Args:
      package: the package of the messages, as in their .proto file.
      messages: the fields of each message, by its name.

    Returns:
      The class of each message, by its name.
    """
    file = descriptor_pb2.FileDescriptorProto(
        name=f"efficientnet_hub/{package}.proto", package=package, syntax="proto3"
    )
    for name, fields in messages.items():
        message = file.message_type.add(name=name)
        for field in fields:
            _add_field(message, package, field)
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return {name: _message_class(pool, f"{package}.{name}") for name in messages}


def _add_field(message, package: str, field: Field) -> None:
    added = message.field.add(
        name=field.name, number=field.number, label=_FieldProto.LABEL_OPTIONAL
    )
    if field.repeated or field.by_string:
        added.label = _FieldProto.LABEL_REPEATED
    if field.by_string:
        _set_kind(added, package, _add_map_entry(message, package, field))
    else:
        _set_kind(added, package, field.kind)
    if field.oneof is not None:
        added.oneof_index = _oneof_index(message, field.oneof)


def _set_kind(field, package: str, kind: int | str) -> None:
    if isinstance(kind, str):
        field.type = _FieldProto.TYPE_MESSAGE
        field.type_name = f".{package}.{kind}"
    else:
        field.type = kind


def _add_map_entry(message, package: str, field: Field) -> str:
    """Adds the message that a map is a list of, and returns its name."""
    # The name that protobuf insists on: AbcDefEntry for abc_def.
    name = field.name.title().replace("_", "") + "Entry"
    entry = message.nested_type.add(name=name)
    entry.options.map_entry = True
    _add_field(entry, package, Field("key", 1, STRING))
    _add_field(entry, package, Field("value", 2, field.kind))
    return f"{message.name}.{name}"


def _oneof_index(message, name: str) -> int:
    names = [oneof.name for oneof in message.oneof_decl]
    if name not in names:
        message.oneof_decl.add(name=name)
        return len(names)
    return names.index(name)


def _message_class(pool: descriptor_pool.DescriptorPool, full_name: str):
    descriptor = pool.FindMessageTypeByName(full_name)
    if hasattr(message_factory, "GetMessageClass"):
        return message_factory.GetMessageClass(descriptor)
    return message_factory.MessageFactory(pool).GetPrototype(descriptor)  # protobuf 3
