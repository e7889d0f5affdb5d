"""The TF1 Hub directory: write it, read it, without tensorflow_hub."""

from __future__ import annotations

import os
from typing import Mapping, Sequence

import numpy as np
import tensorflow.compat.v1 as tf
from google.protobuf import message as protobuf_message
from tensorflow.core.framework import variable_pb2
from tensorflow.core.protobuf import meta_graph_pb2, saved_model_pb2
from tensorflow.python.framework import meta_graph as tf_meta_graph

from efficientnet_hub import errors
from efficientnet_hub.builder import graphs
from efficientnet_hub.export import compatibility
from efficientnet_hub.signatures import attachments, messages
from efficientnet_hub.signatures import names as signatures_lib

MODULE_FILE = "tfhub_module.pb"
SAVED_MODEL_FILE = "saved_model.pb"
VARIABLES_PREFIX = os.path.join("variables", "variables")

# Where hub looks for attached messages. An empty collection of this name would
# make a module unloadable.
ATTACHMENTS = "hub_module_attachments"
_SAVED_MODEL_SCHEMA_VERSION = 1


def meta_graph(module_graph: graphs.ModuleGraph):
    """Serializes a graph, in ops that the oldest TensorFlow knows.

    Args:
      module_graph: a graph, its signatures and attachments.

    Returns:
      A MetaGraphDef.

    Raises:
      errors.InputError: names an op or attribute that cannot be lowered.
    """
    with module_graph.graph.as_default():
        saver = module_graph.saver
        result = tf.train.export_meta_graph(
            saver_def=saver.as_saver_def() if saver else None, strip_default_attrs=True
        )
        for signature in module_graph.signatures:
            result.signature_def[signature.name].CopyFrom(_signature_def(signature))
    result.meta_info_def.tags.extend(sorted(module_graph.tags))
    if module_graph.attachments:
        result.collection_def[ATTACHMENTS].bytes_list.value.extend(
            messages.ModuleAttachment(key=key, value=_bytes(value)).SerializeToString()
            for key, value in sorted(module_graph.attachments.items())
        )
    compatibility.lower(result.graph_def)
    compatibility.check(result.graph_def)
    # hub looks each op of this list up before it imports a node.
    result.meta_info_def.stripped_op_list.CopyFrom(
        tf_meta_graph.stripped_op_list_for_graph(result.graph_def)
    )
    return result


def _signature_def(signature):
    definition = meta_graph_pb2.SignatureDef(method_name=signature.method_name)
    for infos, tensors in (
        (definition.inputs, signature.inputs),
        (definition.outputs, signature.outputs),
    ):
        for key, tensor in tensors.items():
            infos[key].name = tensor.name
            infos[key].dtype = tensor.dtype.as_datatype_enum
            infos[key].tensor_shape.CopyFrom(tensor.shape.as_proto())
    return definition


def _bytes(message: protobuf_message.Message) -> bytes:
    """Serializes a message to the same bytes each time, maps in order of keys."""
    return message.SerializeToString(deterministic=True)


def write_module(
    directory: str, meta_graphs: Sequence, variables: Mapping[str, np.ndarray]
) -> None:
    """Writes a module into an empty directory.

    Args:
      directory: where to.
      meta_graphs: a MetaGraphDef for each tag set.
      variables: value of each variable by its name.
    """
    saved_model = saved_model_pb2.SavedModel(
        saved_model_schema_version=_SAVED_MODEL_SCHEMA_VERSION, meta_graphs=meta_graphs
    )
    module_def = messages.ModuleDef(format=messages.FORMAT_V3)
    _write(os.path.join(directory, MODULE_FILE), _bytes(module_def))
    _write(os.path.join(directory, SAVED_MODEL_FILE), _bytes(saved_model))
    os.mkdir(os.path.join(directory, os.path.dirname(VARIABLES_PREFIX)))
    _write_checkpoint(os.path.join(directory, VARIABLES_PREFIX), variables)


def _write(path: str, content: bytes) -> None:
    with open(path, "wb") as file:
        file.write(content)


def _write_checkpoint(prefix: str, variables: Mapping[str, np.ndarray]) -> None:
    """Writes a checkpoint in one shard, its entries in the order of their names."""
    names = sorted(variables)
    with tf.Graph().as_default(), tf.Session() as session:
        values = [tf.placeholder(variables[name].dtype) for name in names]
        save = tf.raw_ops.SaveV2(
            prefix=prefix,
            tensor_names=names,
            shape_and_slices=[""] * len(names),
            tensors=values,
        )
        try:
            session.run(save, {v: variables[name] for v, name in zip(values, names)})
        except tf.errors.OpError as error:
            raise OSError(
                "'%s' cannot be written: is the disk full?" % prefix
            ) from error


def read_saved_model(directory: str):
    """Reads the graphs of a module; executes nothing.

    Args:
      directory: a module's directory.

    Returns:
      A SavedModel message.

    Raises:
      errors.InputError: if that is no directory of a module in the TF1 Hub format.
    """
    module_def = messages.ModuleDef()
    saved_model = saved_model_pb2.SavedModel()
    _parse(directory, MODULE_FILE, module_def)
    _parse(directory, SAVED_MODEL_FILE, saved_model)
    if module_def.format != messages.FORMAT_V3:
        raise errors.InputError(
            "'%s' must be a module in the TF1 Hub format, number %d, found number %d"
            % (directory, messages.FORMAT_V3, module_def.format)
        )
    return saved_model


def _parse(directory: str, name: str, message: protobuf_message.Message) -> None:
    try:
        with open(os.path.join(directory, name), "rb") as file:
            message.ParseFromString(file.read())
    except OSError as error:
        raise errors.InputError(
            "'%s' must be a directory of a module in the TF1 Hub format, but its file "
            "%s cannot be read (%s)" % (directory, name, error.strerror)
        ) from error
    except protobuf_message.DecodeError as error:
        raise errors.InputError(
            "'%s' must hold a protocol message, found other bytes: is the file "
            "damaged?" % os.path.join(directory, name)
        ) from error


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
            "the attached message '%s' must be a protocol message, found other bytes: "
            "is the module damaged?" % key
        ) from error
    return None


def variables(meta_graph_def) -> dict[str, bool]:
    """Returns whether each variable of a graph is trainable, by its name."""
    trainable = set(_variable_names(meta_graph_def, tf.GraphKeys.TRAINABLE_VARIABLES))
    return {
        name: name in trainable
        for name in _variable_names(meta_graph_def, tf.GraphKeys.GLOBAL_VARIABLES)
    }


def _variable_names(meta_graph_def, collection: str) -> list[str]:
    if collection not in meta_graph_def.collection_def:
        return []
    values = meta_graph_def.collection_def[collection].bytes_list.value
    definitions = [variable_pb2.VariableDef.FromString(value) for value in values]
    return [definition.variable_name.split(":")[0] for definition in definitions]


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
        shape = signatures[name].inputs[key].tensor_shape
        sizes = [dim.size for dim in shape.dim[1:3]]
        if len(sizes) == 2 and min(sizes) > 0:
            return sizes[0], sizes[1]
    raise errors.InputError(
        "the module must say its expected image size, by an attached message or by the "
        "shape of its input, found neither: is it a module for images?"
    )
