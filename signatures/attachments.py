"""The messages attached to a module: image size, class names, network."""

from __future__ import annotations

from typing import Any

from google.protobuf import message as protobuf_message
from google.protobuf import struct_pb2

from . import messages

# The key that `hub.get_expected_image_size` reads.
IMAGE_MODULE_INFO = "image_module_info"
CLASS_NAMES = "class_names"
NETWORK = "network"
# Keys in the message `NETWORK`: where the weights come from, and the license of the
# weights or of the weights that they started from. A module has at most one license.
WEIGHTS = "weights"
LICENSE = "license"
START_LICENSE = "start_license"


def attached_messages(
    image_size: int, network: dict[str, str], class_names: list[str] | None
) -> dict[str, protobuf_message.Message]:
    """Returns the messages to attach to each graph of a module, by key.

    Args:
      image_size: expected height and width of the images, in pixels.
      network: facts about the network, such as its input normalization.
      class_names: the name of each class in the order of the logits, or None.
    """
    image_info = messages.ImageModuleInfo()
    image_info.default_image_size.height = image_size
    image_info.default_image_size.width = image_size
    network_struct = struct_pb2.Struct()
    for key, value in sorted(network.items()):
        network_struct.fields[key].string_value = value
    attached = {IMAGE_MODULE_INFO: image_info, NETWORK: network_struct}
    if class_names is not None:
        names = struct_pb2.ListValue()
        names.extend(class_names)
        attached[CLASS_NAMES] = names
    return attached


def get_class_names(module_or_spec: Any) -> list[str] | None:
    """Returns the class names that are attached to a module.

    Args:
      module_or_spec: a `hub.Module` or `hub.ModuleSpec`.

    Returns:
      The name of each class in the order of the logits, or None if the module
      has no class names.
    """
    names = module_or_spec.get_attached_message(CLASS_NAMES, struct_pb2.ListValue)
    return None if names is None else list(names)
