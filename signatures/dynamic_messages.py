"""Creates protocol message classes in a private `DescriptorPool`, without protoc.

Generated `_pb2` files of one protobuf release do not load in another. TensorFlow 1.15
to 2.21 need protobuf 3 to 7, so the classes are created at run time, from a table of
their fields. The pool is private because the package that defines the messages, for
example tensorflow_hub, adds them to the default pool, which refuses a second
definition.

A table needs only the fields that are used. protobuf preserves the other fields of a
message that is read and written again.
"""

from __future__ import annotations

import dataclasses
from typing import Any, Mapping, Sequence

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

_FieldProto = descriptor_pb2.FieldDescriptorProto

BOOL = _FieldProto.TYPE_BOOL
BYTES = _FieldProto.TYPE_BYTES
INT32 = _FieldProto.TYPE_INT32
INT64 = _FieldProto.TYPE_INT64
STRING = _FieldProto.TYPE_STRING
ENUM = INT32  # Has the same encoding, and is an int in Python.


@dataclasses.dataclass(frozen=True)
class Field:
    """A field of a message.

    Attributes:
      name: its name.
      number: its number.
      kind: one of the scalar types above, or the name of a message of the same table.
      repeated: whether it is a list.
      by_string: whether it is a map whose keys are strings.
      oneof: the name of its oneof group, or None.
    """

    name: str
    number: int
    kind: _FieldProto.Type.ValueType | str
    repeated: bool = False
    by_string: bool = False
    oneof: str | None = None


def make_classes(
    package: str, messages: Mapping[str, Sequence[Field]]
) -> dict[str, Any]:
    """Creates message classes.

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
    return {name: _make_class(pool, f"{package}.{name}") for name in messages}


def _add_field(
    message: descriptor_pb2.DescriptorProto, package: str, field: Field
) -> None:
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
        added.oneof_index = _find_or_add_oneof(message, field.oneof)


def _set_kind(
    field: _FieldProto, package: str, kind: _FieldProto.Type.ValueType | str
) -> None:
    if isinstance(kind, str):
        field.type = _FieldProto.TYPE_MESSAGE
        field.type_name = f".{package}.{kind}"
    else:
        field.type = kind


def _add_map_entry(
    message: descriptor_pb2.DescriptorProto, package: str, field: Field
) -> str:
    """Adds the message type of the entries of a map, and returns its name."""
    # protobuf requires this name: AbcDefEntry for abc_def.
    name = field.name.title().replace("_", "") + "Entry"
    entry = message.nested_type.add(name=name)
    entry.options.map_entry = True
    _add_field(entry, package, Field("key", 1, STRING))
    _add_field(entry, package, Field("value", 2, field.kind))
    return f"{message.name}.{name}"


def _find_or_add_oneof(message: descriptor_pb2.DescriptorProto, name: str) -> int:
    """Returns the index of a oneof group, which it adds if the message has none."""
    names = [oneof.name for oneof in message.oneof_decl]
    if name not in names:
        message.oneof_decl.add(name=name)
        return len(names)
    return names.index(name)


def _make_class(pool: descriptor_pool.DescriptorPool, full_name: str) -> Any:
    descriptor = pool.FindMessageTypeByName(full_name)
    if hasattr(message_factory, "GetMessageClass"):
        return message_factory.GetMessageClass(descriptor)
    factory: Any = message_factory.MessageFactory(pool)
    return factory.GetPrototype(descriptor)  # Only protobuf 3 has this method.
