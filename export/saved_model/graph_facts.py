"""What a module's graph tells of itself, without TensorFlow.

A graph is a MetaGraphDef, read by `module_files` or TensorFlow's own.
"""

from __future__ import annotations

from google.protobuf import message as protobuf_message

from ... import errors
from ...signatures import attachments, messages
from ...signatures import names as signatures_lib
from . import saved_model_messages

# Where hub looks for attached messages. An empty collection of this name would
# make a module unloadable.
ATTACHMENTS = "hub_module_attachments"
# TensorFlow's tf.GraphKeys.
_GLOBAL_VARIABLES = "variables"
_TRAINABLE_VARIABLES = "trainable_variables"


def for_inference(saved_model, told: str):
    """Returns the graph for the tag set {}.

    Args:
      saved_model: a SavedModel.
      told: what to call the module in errors.

    Raises:
      errors.InputError: if there is none.
    """
    for meta_graph in saved_model.meta_graphs:
        if not meta_graph.meta_info_def.tags:
            return meta_graph
    raise errors.InputError(
        f"module '{told}' must have a graph for the tag set {{}}, found none"
    )


def attached_message(meta_graph_def, key: str, message_class):
    """Returns the message attached to a graph under a key, None if there is none.

    Args:
      meta_graph_def: a MetaGraphDef.
      key: the message's key.
      message_class: the message's class.

    Raises:
      errors.InputError: if it is damaged.
    """
    collections = meta_graph_def.collection_def
    if ATTACHMENTS not in collections:
        return None
    try:
        for value in collections[ATTACHMENTS].bytes_list.value:
            attachment = messages.ModuleAttachment.FromString(value)
            if attachment.key == key:
                return message_class.FromString(attachment.value)
    except protobuf_message.DecodeError as error:
        raise errors.InputError(
            f"the attached message '{key}' must be a protocol message, found "
            "other bytes: is the module damaged?"
        ) from error
    return None


def variables(meta_graph_def) -> dict[str, bool]:
    """Returns whether each variable of a graph is trainable, by its name."""
    trainable = set(_variable_names(meta_graph_def, _TRAINABLE_VARIABLES))
    return {
        name: name in trainable
        for name in _variable_names(meta_graph_def, _GLOBAL_VARIABLES)
    }


def _variable_names(meta_graph_def, collection: str) -> list[str]:
    if collection not in meta_graph_def.collection_def:
        return []
    values = meta_graph_def.collection_def[collection].bytes_list.value
    definitions = [
        saved_model_messages.VariableDef.FromString(value) for value in values
    ]
    return [definition.variable_name.split(":")[0] for definition in definitions]


def nodes_of_ops(graph_def) -> list:
    """Returns the nodes of a graph and of its functions, but for calls of functions."""
    library = graph_def.library.function
    functions = {function.signature.name for function in library}
    nodes = list(graph_def.node)
    for function in library:
        nodes += function.node_def
    return [node for node in nodes if node.op not in functions]


def shape(tensor_info) -> list[int | None] | None:
    """Returns the static shape of a signature's tensor.

    Args:
      tensor_info: a TensorInfo.

    Returns:
      The size of each dimension, None where it is open; None if their number is.
    """
    if tensor_info.tensor_shape.unknown_rank:
        return None
    sizes = [dim.size for dim in tensor_info.tensor_shape.dim]
    return [None if size < 0 else size for size in sizes]


def expected_image_size(meta_graph_def) -> tuple[int, int]:
    """Returns the height and width in pixels that a graph's images should have.

    As attached to the graph, else as the shape of the default signature's input
    has them, as `hub.get_expected_image_size` does.

    Raises:
      errors.InputError: if the graph does not say.
    """
    info = attached_message(
        meta_graph_def, attachments.IMAGE_MODULE_INFO, messages.ImageModuleInfo
    )
    if info is not None and info.default_image_size.height:
        return info.default_image_size.height, info.default_image_size.width
    signatures = meta_graph_def.signature_def
    name, key = signatures_lib.DEFAULT, signatures_lib.IMAGES
    # Asked for first: a map of messages makes what is looked up in it.
    if name in signatures and key in signatures[name].inputs:
        sizes = (shape(signatures[name].inputs[key]) or [])[1:3]
        if len(sizes) == 2 and all(sizes):
            return sizes[0], sizes[1]
    raise errors.InputError(
        "the module must say its expected image size, by an attached message or by the "
        "shape of its input, found neither: is it a module for images?"
    )
