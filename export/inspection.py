"""Describes a module from its files, and executes nothing."""

from __future__ import annotations

import collections
import functools
import operator
from typing import Any, Iterable

from .. import errors, escaping
from ..builder import module_config
from ..signatures import attachments
from . import claims as claims_lib
from .graph_passes import supported_ops
from .saved_model import dtypes, graph_facts, module_files, outside_ops
from .storage import archive_reader

# What a module says of its network, in the order of the description.
_NETWORK_FACTS = (
    "model",
    "task",
    "preprocessing",
    module_config.PADDING,
    module_config.BATCH_NORM_EPSILON,
    attachments.WEIGHTS,
    attachments.LICENSE,
    attachments.START_LICENSE,
)


def inspect_module(path: str) -> str:
    """Describes a module, for people to read.

    Args:
      path: a module's directory or its .tar.gz.

    Returns:
      Lines of text: the network, its parameters and image size, the versions of
      TensorFlow that wrote it and that can load it, the ops that reach outside of its
      graphs, and for each tag set its signatures and ops.

    Raises:
      errors.InputError: if there is no module in the TF1 Hub format at the path,
        a damaged one, or one that says of itself what its graphs contradict.
    """
    with archive_reader.unpack(path, only=module_files.GRAPH_FILES) as directory:
        saved_model = module_files.read_saved_model(directory, path)
    if not saved_model.meta_graphs:
        raise errors.InputError(f"module '{path}' must hold a graph, found none")
    try:
        return "\n".join(map(escaping.escape_terminal, _describe(saved_model, path)))
    except Exception as error:  # pylint: disable=broad-except
        # Damaged graphs may raise anything. Some errors name the module already.
        if isinstance(error, errors.InputError) and path in str(error):
            raise
        raise errors.InputError(
            f"module '{path}' must hold graphs whose parts belong together, found "
            f"{escaping.cut(repr(error), 200)} when reading them: is it damaged?"
        ) from error


def _describe(saved_model: Any, path: str) -> Iterable[str]:
    for name, value in _describe_facts(saved_model, path):
        yield f"{name + ':':18} {value}"
    for meta_graph in saved_model.meta_graphs:
        yield ""
        yield from _describe_graph(meta_graph)


def _describe_facts(saved_model: Any, path: str) -> Iterable[tuple[str, str]]:
    claims_lib.check(saved_model, path)
    meta_graph = saved_model.meta_graphs[0]
    claims = claims_lib.read(meta_graph, path)
    for key in _NETWORK_FACTS:
        if claims.facts is not None and key in claims.facts:
            yield key.replace("_", " "), claims.facts[key]
    if claims.image_size is None:
        yield "image size", "not said"
    else:
        yield "image size", "{} x {}".format(*claims.image_size)
    names = claims.class_names
    if names:
        yield "class names", f"{len(names)}, '{names[0]}' ... '{names[-1]}'"
    trainable, others = _count_parameters(meta_graph)
    yield "parameters", f"{trainable} trainable, {others} not"
    yield "written by", f"TensorFlow {meta_graph.meta_info_def.tensorflow_version}"
    yield "loads in", _describe_compatibility(saved_model)
    yield "reaches outside", _describe_outside_ops(saved_model)


def _describe_compatibility(saved_model: Any) -> str:
    oldest = supported_ops.oldest_tensorflow(
        graph.graph_def for graph in saved_model.meta_graphs
    )
    if oldest:
        return f"TensorFlow {oldest} and newer"
    known = supported_ops.OLD_TENSORFLOWS[-1]
    return f"not known to load in TensorFlow {known} or older"


def _describe_outside_ops(saved_model: Any) -> str:
    return ", ".join(outside_ops.find(saved_model)) or "no op"


def _count_parameters(meta_graph: Any) -> tuple[int, int]:
    """Returns how many numbers are in trainable variables, and in the others."""
    sizes = {
        node.name: _multiply(dim.size for dim in node.attr["shape"].shape.dim)
        for node in meta_graph.graph_def.node
        if node.op in ("VarHandleOp", "VariableV2")
    }
    trainable = sum(
        sizes[name]
        for name, is_trained in graph_facts.variables(meta_graph).items()
        if is_trained
    )
    return trainable, sum(sizes.values()) - trainable


def _multiply(numbers: Iterable[int]) -> int:
    return functools.reduce(operator.mul, numbers, 1)


def _describe_graph(meta_graph: Any) -> Iterable[str]:
    tags = ", ".join(f'"{tag}"' for tag in sorted(meta_graph.meta_info_def.tags))
    ops = collections.Counter(node.op for node in meta_graph.graph_def.node)
    frequent = sorted(ops.items(), key=lambda item: (-item[1], item[0]))
    yield f"tag set {{{tags}}}: {sum(ops.values())} nodes"
    yield "  ops: " + ", ".join(f"{count} {op}" for op, count in frequent)
    for name, signature in sorted(meta_graph.signature_def.items()):
        yield f"  signature {name}"
        for key, info in sorted(signature.inputs.items()):
            yield f"    in   {key:40} {_describe_tensor(info)}"
        for key, info in sorted(signature.outputs.items()):
            yield f"    out  {key:40} {_describe_tensor(info)}"


def _describe_tensor(info: Any) -> str:
    shape = graph_facts.shape(info)
    described = "<unknown>" if shape is None else str(tuple(shape))
    return f"{dtypes.name(info.dtype)} {described}"
