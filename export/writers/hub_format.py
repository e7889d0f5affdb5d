"""Writes the files in the directory of a TF1 Hub module, without tensorflow_hub."""

from __future__ import annotations

import os
from typing import Mapping, Sequence

import numpy as np
import tensorflow.compat.v1 as tf
from google.protobuf import message as protobuf_message
from tensorflow.core.framework import graph_pb2, op_def_pb2
from tensorflow.core.protobuf import meta_graph_pb2, saved_model_pb2
from tensorflow.python.framework import meta_graph as tf_meta_graph

from ... import errors
from ...builder import graphs
from ...signatures import images as images_lib
from ...signatures import messages
from ..graph_passes import passes
from ..saved_model import graph_facts, module_files
from ..weights.containers import checkpoint_writer

_SAVED_MODEL_SCHEMA_VERSION = 1


def export_meta_graph(
    module_graph: graphs.ModuleGraph,
    attachments: Mapping[str, protobuf_message.Message],
    recompute: bool = True,
) -> meta_graph_pb2.MetaGraphDef:
    """Exports a graph, and applies the graph passes to it.

    Args:
      module_graph: a graph and its signatures.
      attachments: messages to attach to a graph for `hub.Module`, by key.
      recompute: whether gradients compute swish again, see `passes.apply`.

    Returns:
      A MetaGraphDef.

    Raises:
      errors.InputError: names an op or attribute that cannot be lowered.
    """
    with module_graph.graph.as_default():
        result = tf.train.export_meta_graph(
            # Passes need the shapes. The last of them removes most.
            graph_def=module_graph.graph.as_graph_def(add_shapes=True),
            strip_default_attrs=True,
        )
        for signature in module_graph.signatures:
            result.signature_def[signature.name].CopyFrom(
                _make_signature_def(signature)
            )
    result.meta_info_def.tags.extend(sorted(module_graph.tags))
    if module_graph.is_for_hub:
        result.collection_def[graph_facts.ATTACHMENTS].bytes_list.value.extend(
            messages.ModuleAttachment(
                key=key, value=_serialize(value)
            ).SerializeToString()
            for key, value in sorted(attachments.items())
        )
    passes.apply(result, recompute)
    result.meta_info_def.stripped_op_list.CopyFrom(_list_ops(result.graph_def))
    return result


def _list_ops(graph_def: graph_pb2.GraphDef) -> op_def_pb2.OpList:
    """Returns the ops of a graph. hub checks that it knows all of them."""
    nodes = graph_facts.nodes_of_ops(graph_def)
    return tf_meta_graph.stripped_op_list_for_graph(tf.GraphDef(node=nodes))


def _make_signature_def(signature: images_lib.Signature) -> meta_graph_pb2.SignatureDef:
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


def _serialize(message: protobuf_message.Message) -> bytes:
    """Serializes a message to the same bytes each time, with sorted maps."""
    return message.SerializeToString(deterministic=True)


def write_variables(directory: str, variables: Mapping[str, np.ndarray]) -> None:
    """Writes the values of a module's variables into its directory.

    Args:
      directory: the module's directory, without variables.
      variables: value of each variable by its name. TensorFlow reads an array in place
        if it is contiguous and starts at a multiple of 64 bytes, and copies it
        otherwise.

    Raises:
      OSError: if the files cannot be written.
    """
    prefix = os.path.join(directory, module_files.VARIABLES_PREFIX)
    os.mkdir(os.path.dirname(prefix))
    checkpoint_writer.write(prefix, variables)


def write_graphs(
    directory: str, meta_graphs: Sequence[meta_graph_pb2.MetaGraphDef]
) -> None:
    """Writes the graphs of a module into its directory.

    Args:
      directory: the module's directory.
      meta_graphs: a MetaGraphDef for each tag set.

    Raises:
      OSError: if the files cannot be written.
    """
    saved_model = saved_model_pb2.SavedModel(
        saved_model_schema_version=_SAVED_MODEL_SCHEMA_VERSION, meta_graphs=meta_graphs
    )
    module_def = messages.ModuleDef(format=messages.FORMAT_V3)
    _write(os.path.join(directory, module_files.MODULE_FILE), _serialize(module_def))
    _write(
        os.path.join(directory, module_files.SAVED_MODEL_FILE), _serialize(saved_model)
    )


def _write(path: str, content: bytes) -> None:
    with errors.naming(path), open(path, "wb") as file:
        file.write(content)
