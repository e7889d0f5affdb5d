"""tensorflow_hub's protocol messages, without tensorflow_hub.

Generated code of one protobuf does not load in another, and TensorFlow from 1.15
to the newest brings protobuf from 3 to 7, so the three messages are made from
their descriptors. They live in a pool of their own: in the default pool they
would clash with tensorflow_hub's, should that be imported too.
"""

from __future__ import annotations

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

_Field = descriptor_pb2.FieldDescriptorProto
_FILE = "efficientnet_hub/messages.proto"
_PACKAGE = "tensorflow_hub"

# Field names, numbers and types as in tensorflow_hub's module_def.proto,
# module_attachment.proto and image_module_info.proto. ModuleDef.format is an
# enum there: on the wire the same as an int32.
_MESSAGES = {
    "ModuleDef": [("format", 1, _Field.TYPE_INT32)],
    "ModuleAttachment": [
        ("key", 1, _Field.TYPE_STRING),
        ("value", 2, _Field.TYPE_BYTES),
    ],
    "InputSize": [("height", 1, _Field.TYPE_INT32), ("width", 2, _Field.TYPE_INT32)],
    "ImageModuleInfo": [("default_image_size", 1, "InputSize")],
}

FORMAT_V3 = 3


def _file_descriptor() -> descriptor_pb2.FileDescriptorProto:
    file = descriptor_pb2.FileDescriptorProto(
        name=_FILE, package=_PACKAGE, syntax="proto3"
    )
    for message_name, fields in _MESSAGES.items():
        message = file.message_type.add(name=message_name)
        for name, number, kind in fields:
            field = message.field.add(
                name=name, number=number, label=_Field.LABEL_OPTIONAL
            )
            if isinstance(kind, str):
                field.type = _Field.TYPE_MESSAGE
                field.type_name = ".%s.%s" % (_PACKAGE, kind)
            else:
                field.type = kind
    return file


def _message_class(name: str):
    descriptor = _POOL.FindMessageTypeByName("%s.%s" % (_PACKAGE, name))
    if hasattr(message_factory, "GetMessageClass"):
        return message_factory.GetMessageClass(descriptor)
    return message_factory.MessageFactory(_POOL).GetPrototype(descriptor)  # protobuf 3


_POOL = descriptor_pool.DescriptorPool()
_POOL.Add(_file_descriptor())

ModuleDef = _message_class("ModuleDef")
ModuleAttachment = _message_class("ModuleAttachment")
ImageModuleInfo = _message_class("ImageModuleInfo")
