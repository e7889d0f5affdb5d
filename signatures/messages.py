"""The protocol messages of tensorflow_hub, without tensorflow_hub."""

from __future__ import annotations

from . import dynamic_messages as proto

# As in tensorflow_hub's module_def.proto, module_attachment.proto and
# image_module_info.proto.
_CLASSES = proto.make_classes(
    "tensorflow_hub",
    {
        "ModuleDef": [proto.Field("format", 1, proto.ENUM)],
        "ModuleAttachment": [
            proto.Field("key", 1, proto.STRING),
            proto.Field("value", 2, proto.BYTES),
        ],
        "InputSize": [
            proto.Field("height", 1, proto.INT32),
            proto.Field("width", 2, proto.INT32),
        ],
        "ImageModuleInfo": [proto.Field("default_image_size", 1, "InputSize")],
    },
)

FORMAT_V3 = 3

ModuleDef = _CLASSES["ModuleDef"]
ModuleAttachment = _CLASSES["ModuleAttachment"]
ImageModuleInfo = _CLASSES["ImageModuleInfo"]
