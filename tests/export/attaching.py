"""Writes a copy of a module with another value attached to each graph."""

from __future__ import annotations

import shutil

from google.protobuf import struct_pb2
from tensorflow.core.protobuf import saved_model_pb2

from efficientnet_hub.export.saved_model import graph_facts
from efficientnet_hub.signatures import attachments, messages


def copy(module: str, destination: str, key: str, value: object) -> str:
    """Copies a module and changes what is attached to it.

    Args:
      module: directory of a module.
      destination: directory to write the copy to.
      key: 'class_names', 'image_size', or the name of a fact about the network.
      value: what to attach instead.

    Returns:
      The destination.
    """
    shutil.copytree(module, destination)
    path = destination + "/saved_model.pb"
    with open(path, "rb") as file:
        saved_model = saved_model_pb2.SavedModel.FromString(file.read())
    for meta_graph in saved_model.meta_graphs:
        if graph_facts.ATTACHMENTS in meta_graph.collection_def:
            collection = meta_graph.collection_def[graph_facts.ATTACHMENTS]
            values = collection.bytes_list.value
            if key == "class_names":
                others = [
                    each for each in values if _key(each) != attachments.CLASS_NAMES
                ]
                values[:] = [*others, _class_names(value)]
            else:
                values[:] = [_replace(each, key, value) for each in values]
    with open(path, "wb") as file:
        file.write(saved_model.SerializeToString())
    return destination


def _replace(serialized: bytes, key: str, value: object) -> bytes:
    attachment = messages.ModuleAttachment.FromString(serialized)
    if key == "image_size" and attachment.key == attachments.IMAGE_MODULE_INFO:
        info = messages.ImageModuleInfo.FromString(attachment.value)
        info.default_image_size.height = info.default_image_size.width = value
        attachment.value = info.SerializeToString()
    elif key != "image_size" and attachment.key == attachments.NETWORK:
        facts = struct_pb2.Struct.FromString(attachment.value)
        facts.update({key: value})
        attachment.value = facts.SerializeToString()
    return attachment.SerializeToString()


def _class_names(value: object) -> bytes:
    names = struct_pb2.ListValue()
    names.extend(value)
    attachment = messages.ModuleAttachment()
    attachment.key, attachment.value = (
        attachments.CLASS_NAMES,
        names.SerializeToString(),
    )
    return attachment.SerializeToString()


def _key(serialized: bytes) -> str:
    return messages.ModuleAttachment.FromString(serialized).key
