"""Tells what a module is by its files; executes nothing of it."""

from __future__ import annotations

import collections
import functools
import operator
from typing import Iterable

from google.protobuf import message as protobuf_message
from google.protobuf import struct_pb2

from .. import errors
from ..signatures import attachments
from .graph_passes import supported_ops
from .saved_model import dtypes, graph_facts, module_files
from .storage import archive_reader


def inspect_module(path: str) -> str:
    """Describes a module, for people to read.

    Args:
      path: a module's directory or its .tar.gz.

    Returns:
      Lines of text: the network, its parameters and image size, the versions of
      TensorFlow that wrote it and that can load it, and for each tag set its
      signatures and ops.

    Raises:
      errors.InputError: if there is no module in the TF1 Hub format at the path,
        or a damaged one.
    """
    with archive_reader.unpack(path, only=module_files.GRAPH_FILES) as directory:
        saved_model = module_files.read_saved_model(directory)
    if not saved_model.meta_graphs:
        raise errors.InputError(f"module '{path}' must hold a graph, found none")
    try:
        return "\n".join(_lines(saved_model))
    except (protobuf_message.DecodeError, LookupError, TypeError, ValueError) as error:
        raise errors.InputError(
            f"module '{path}' must hold graphs whose parts belong together, but "
            f"reading them ends in {error!r}: is it damaged?"
        ) from error


def _lines(saved_model) -> Iterable[str]:
    first = saved_model.meta_graphs[0]
    for name, value in _facts(saved_model, first):
        yield "%-18s %s" % (name + ":", value)
    for meta_graph in saved_model.meta_graphs:
        yield ""
        yield from _graph_lines(meta_graph)


def _facts(saved_model, meta_graph) -> Iterable[tuple[str, str]]:
    network = graph_facts.attached_message(
        meta_graph, attachments.NETWORK, struct_pb2.Struct
    )
    if network is not None:
        for key in ("model", "task", "preprocessing", "weights"):
            yield key, network[key]
        for key in (attachments.LICENSE, attachments.START_LICENSE):
            if key in network:
                yield key.replace("_", " "), network[key]
    try:
        yield "image size", "%d x %d" % graph_facts.expected_image_size(meta_graph)
    except errors.InputError:
        yield "image size", "not said"
    names = graph_facts.attached_message(
        meta_graph, attachments.CLASS_NAMES, struct_pb2.ListValue
    )
    if names is not None:
        yield "class names", "%d, '%s' ... '%s'" % (len(names), names[0], names[-1])
    yield "parameters", "%d trainable, %d not" % _parameters(meta_graph)
    yield "written by", "TensorFlow " + meta_graph.meta_info_def.tensorflow_version
    oldest = supported_ops.oldest_tensorflow(
        graph.graph_def for graph in saved_model.meta_graphs
    )
    yield (
        "loads in",
        f"TensorFlow {oldest} and newer"
        if oldest
        else f"not known to load in TensorFlow {supported_ops.OLD_TENSORFLOWS[-1]} or "
        "older",
    )


def _parameters(meta_graph) -> tuple[int, int]:
    """Numbers in trainable variables and in the others."""
    sizes = {
        node.name: _product(dim.size for dim in node.attr["shape"].shape.dim)
        for node in meta_graph.graph_def.node
        if node.op in ("VarHandleOp", "VariableV2")
    }
    trainable = sum(
        sizes[name]
        for name, is_trained in graph_facts.variables(meta_graph).items()
        if is_trained
    )
    return trainable, sum(sizes.values()) - trainable


def _product(numbers: Iterable[int]) -> int:
    return functools.reduce(operator.mul, numbers, 1)


def _graph_lines(meta_graph) -> Iterable[str]:
    tags = ", ".join(f'"{tag}"' for tag in sorted(meta_graph.meta_info_def.tags))
    ops = collections.Counter(node.op for node in meta_graph.graph_def.node)
    frequent = sorted(ops.items(), key=lambda item: (-item[1], item[0]))
    yield "tag set {%s}: %d nodes" % (tags, sum(ops.values()))
    yield "  ops: " + ", ".join("%d %s" % (count, op) for op, count in frequent)
    for name, signature in sorted(meta_graph.signature_def.items()):
        yield f"  signature {name}"
        for key, info in sorted(signature.inputs.items()):
            yield "    in   %-40s %s" % (key, _tensor(info))
        for key, info in sorted(signature.outputs.items()):
            yield "    out  %-40s %s" % (key, _tensor(info))


def _tensor(info) -> str:
    shape = graph_facts.shape(info)
    told = "<unknown>" if shape is None else str(tuple(shape))
    return f"{dtypes.name(info.dtype)} {told}"
