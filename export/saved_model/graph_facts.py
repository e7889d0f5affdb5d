"""Reads variables, shapes and messages of a module's graph, without TensorFlow.

A graph is a MetaGraphDef, either TensorFlow's own or one that `module_files` reads. The
fields of the latter are known at run time only, so messages have the type Any.
"""

from __future__ import annotations

from typing import Any

from google.protobuf import message as protobuf_message

from ... import errors
from ...signatures import attachments, messages
from ...signatures import names as signatures_lib
from . import saved_model_messages

# The collection in which tensorflow_hub looks for attached messages. If it is empty,
# the module does not load.
ATTACHMENTS = "hub_module_attachments"
# TensorFlow's tf.GraphKeys.
_GLOBAL_VARIABLES = "variables"
_TRAINABLE_VARIABLES = "trainable_variables"


def for_inference(saved_model: Any, name: str) -> Any:
    """Returns the graph for the tag set {}.

    Args:
      saved_model: a SavedModel.
      name: what to call the module in errors.

    Returns:
      A MetaGraphDef.

    Raises:
      errors.InputError: if there is none.
    """
    for meta_graph in saved_model.meta_graphs:
        if not meta_graph.meta_info_def.tags:
            return meta_graph
    raise errors.InputError(
        f"module '{name}' must have a graph for the tag set {{}}, found none"
    )


def by_tags(saved_model: Any) -> dict[frozenset[str], Any]:
    """Returns the graphs of a SavedModel message, each a MetaGraphDef, by tag set."""
    return {
        frozenset(meta_graph.meta_info_def.tags): meta_graph
        for meta_graph in saved_model.meta_graphs
    }


def attached_message(
    meta_graph_def: Any, key: str, message_class: Any, name: str | None = None
) -> Any:
    """Returns the message that is attached to a graph under a key.

    Args:
      meta_graph_def: a MetaGraphDef.
      key: the key of the message.
      message_class: the class of the message.
      name: what to call the module in errors.

    Returns:
      A message of that class, or None if there is none.

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
        raise _describe_damage(f"attached message '{key}'", name) from error
    return None


def _describe_damage(what: str, name: str | None) -> errors.InputError:
    return errors.InputError(
        f"{_name(name)} must hold a protocol message in its {what}, found other bytes: "
        "is it damaged?"
    )


def _name(name: str | None) -> str:
    return "the module" if name is None else f"module '{name}'"


def variables(meta_graph_def: Any, name: str | None = None) -> dict[str, bool]:
    """Returns the names of a graph's variables, and whether each is trainable.

    Args:
      meta_graph_def: a MetaGraphDef.
      name: what to call the module in errors.

    Raises:
      errors.InputError: if the description of a variable is damaged.
    """
    trainable = set(_list_variable_names(meta_graph_def, _TRAINABLE_VARIABLES, name))
    return {
        variable: variable in trainable
        for variable in _list_variable_names(meta_graph_def, _GLOBAL_VARIABLES, name)
    }


def _list_variable_names(
    meta_graph_def: Any, collection: str, name: str | None
) -> list[str]:
    if collection not in meta_graph_def.collection_def:
        return []
    values = meta_graph_def.collection_def[collection].bytes_list.value
    try:
        definitions = [
            saved_model_messages.VariableDef.FromString(value) for value in values
        ]
    except protobuf_message.DecodeError as error:
        raise _describe_damage(f"collection '{collection}'", name) from error
    return [definition.variable_name.split(":")[0] for definition in definitions]


def nodes_of_ops(graph_def: Any) -> list[Any]:
    """Returns the nodes of a graph and its functions, except calls of functions.

    Args:
      graph_def: a GraphDef.

    Returns:
      NodeDefs.
    """
    library = graph_def.library.function
    functions = {function.signature.name for function in library}
    nodes = list(graph_def.node)
    for function in library:
        nodes += function.node_def
    return [node for node in nodes if node.op not in functions]


def shape(tensor_info: Any) -> list[int | None] | None:
    """Returns the static shape of a signature's tensor.

    Args:
      tensor_info: a TensorInfo.

    Returns:
      The size of each dimension, None where it is unknown; None if the rank is unknown.
    """
    if tensor_info.tensor_shape.unknown_rank:
        return None
    sizes = [dim.size for dim in tensor_info.tensor_shape.dim]
    return [None if size < 0 else size for size in sizes]


def find_expected_image_size(
    meta_graph_def: Any, name: str | None = None
) -> tuple[int, int] | None:
    """Returns the height and width in pixels that a graph says it expects of images.

    Like `hub.get_expected_image_size`, reads the attached message, or without one the
    shape of the default signature's input.

    Args:
      meta_graph_def: a MetaGraphDef.
      name: what to call the module in errors.

    Returns:
      Any two integers, or None if the graph has neither.

    Raises:
      errors.InputError: if the attached message is damaged.
    """
    info = attached_message(
        meta_graph_def, attachments.IMAGE_MODULE_INFO, messages.ImageModuleInfo, name
    )
    if info is not None and info.default_image_size.height:
        return info.default_image_size.height, info.default_image_size.width
    signatures = meta_graph_def.signature_def
    signature, key = signatures_lib.DEFAULT, signatures_lib.IMAGES
    # `in` first: looking up a missing key of a map of messages adds it.
    if signature in signatures and key in signatures[signature].inputs:
        sizes = shape(signatures[signature].inputs[key]) or []
        height, width = sizes[1:3] if len(sizes) > 2 else (None, None)
        if height and width:
            return height, width
    return None


def expected_image_size(
    meta_graph_def: Any, name: str | None = None
) -> tuple[int, int]:
    """Returns the height and width in pixels that a graph says it expects of images.

    Args:
      meta_graph_def: a MetaGraphDef.
      name: what to call the module in errors.

    Raises:
      errors.InputError: if the graph says neither, see `find_expected_image_size`.
    """
    size = find_expected_image_size(meta_graph_def, name)
    if size is not None:
        return size
    raise errors.InputError(
        f"{_name(name)} must say its expected image size, by an attached message or by "
        "the shape of its input, found neither: is it a module for images?"
    )
