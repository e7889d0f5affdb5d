"""Describes a module from its files, and executes nothing."""

from __future__ import annotations

import collections
import dataclasses
import functools
import operator
import re
from typing import Any, Iterable, Mapping, Sequence

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
    *module_config.NUMBERS,
    attachments.WEIGHTS,
    attachments.LICENSE,
    attachments.START_LICENSE,
)
_NUMBERS = re.compile("([0-9]+)")


@dataclasses.dataclass(frozen=True)
class Tensor:
    """An input or an output of a signature.

    Attributes:
      dtype: name of the type, such as 'float32'.
      shape: the size of each dimension, None where it is unknown; None if the rank is
        unknown.
    """

    dtype: str
    shape: Sequence[int | None] | None


@dataclasses.dataclass(frozen=True)
class Signature:
    """A signature: its tensors by their keys, with numbers in numeric order."""

    inputs: Mapping[str, Tensor]
    outputs: Mapping[str, Tensor]


@dataclasses.dataclass(frozen=True)
class Graph:
    """The graph of a tag set.

    Attributes:
      tags: the tag set, sorted.
      ops: number of nodes of each op, the most frequent first.
      signatures: the signatures by their names.
    """

    tags: Sequence[str]
    ops: Mapping[str, int]
    signatures: Mapping[str, Signature]


@dataclasses.dataclass(frozen=True)
class Description:
    """What a module's files say of it.

    Attributes:
      facts: what the module says of its network, by name; empty if it says nothing.
      image_size: the expected height and width in pixels, or None.
      class_names: the names of the classes, or None.
      trainable_parameters: how many numbers are in trainable variables.
      other_parameters: how many numbers are in other variables.
      tensorflow: the version of TensorFlow that wrote the module.
      oldest_tensorflow: the oldest version that has all ops of the graphs, or None if
        that is none of the oldest versions that are known.
      outside_ops: the ops that reach outside of the graphs, such as those that read
        files.
      graphs: the graph of each tag set.
    """

    facts: Mapping[str, str]
    image_size: Sequence[int] | None
    class_names: Sequence[str] | None
    trainable_parameters: int
    other_parameters: int
    tensorflow: str
    oldest_tensorflow: str | None
    outside_ops: Sequence[str]
    graphs: Sequence[Graph]

    def __str__(self) -> str:
        """Returns lines of text for people to read."""
        return "\n".join(map(escaping.escape_terminal, _format(self)))


def inspect_module(path: str) -> Description:
    """Describes a module.

    Args:
      path: a module's directory or its .tar.gz.

    Raises:
      errors.InputError: if there is no module in the TF1 Hub format at the path,
        a damaged one, or one that says of itself what its graphs contradict.
    """
    with archive_reader.unpack(path, only=module_files.GRAPH_FILES) as directory:
        saved_model = module_files.read_saved_model(directory, path)
    if not saved_model.meta_graphs:
        raise errors.InputError(f"module '{path}' must hold a graph, found none")
    try:
        return _describe(saved_model, path)
    except Exception as error:
        # Damaged graphs may raise anything. Some errors name the module already.
        if isinstance(error, errors.InputError) and path in str(error):
            raise
        raise errors.InputError(
            f"module '{path}' must hold graphs whose parts belong together, found "
            f"{escaping.cut(repr(error), 200)} when reading them: is it damaged?"
        ) from error


def _describe(saved_model: Any, path: str) -> Description:
    claims_lib.check(saved_model, path)
    meta_graph = saved_model.meta_graphs[0]
    claims = claims_lib.read(meta_graph, path)
    said = claims.facts or {}
    trainable, others = _count_parameters(meta_graph)
    return Description(
        facts={key: said[key] for key in _NETWORK_FACTS if key in said},
        image_size=claims.image_size,
        class_names=claims.class_names or None,
        trainable_parameters=trainable,
        other_parameters=others,
        tensorflow=meta_graph.meta_info_def.tensorflow_version,
        oldest_tensorflow=supported_ops.oldest_tensorflow(
            graph.graph_def for graph in saved_model.meta_graphs
        ),
        outside_ops=outside_ops.find(saved_model),
        graphs=[_describe_graph(graph) for graph in saved_model.meta_graphs],
    )


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


def _describe_graph(meta_graph: Any) -> Graph:
    ops = collections.Counter(node.op for node in meta_graph.graph_def.node)
    signatures = meta_graph.signature_def
    return Graph(
        tags=sorted(meta_graph.meta_info_def.tags),
        ops=dict(sorted(ops.items(), key=lambda item: (-item[1], item[0]))),
        signatures={
            name: Signature(
                _describe_tensors(signatures[name].inputs),
                _describe_tensors(signatures[name].outputs),
            )
            for name in sorted(signatures)
        },
    )


def _describe_tensors(infos: Mapping[str, Any]) -> dict[str, Tensor]:
    return {
        key: Tensor(dtypes.name(infos[key].dtype), graph_facts.shape(infos[key]))
        for key in sorted(infos, key=_order_numbers)
    }


def _order_numbers(key: str) -> list[tuple[int, str]]:
    """Returns a key to sort by that puts 'block_2' before 'block_10'."""
    parts = _NUMBERS.split(key)  # Every second part is a number.
    parts[1::2] = [number.lstrip("0") for number in parts[1::2]]
    return [(len(part) if index % 2 else 0, part) for index, part in enumerate(parts)]


def _format(described: Description) -> Iterable[str]:
    for name, value in _format_facts(described):
        yield f"{name + ':':18} {value}"
    for graph in described.graphs:
        yield ""
        yield from _format_graph(graph)


def _format_facts(described: Description) -> Iterable[tuple[str, str]]:
    for name, value in described.facts.items():
        yield name.replace("_", " "), value
    if described.image_size is None:
        yield "image size", "not said"
    else:
        yield "image size", "{} x {}".format(*described.image_size)
    names = described.class_names
    if names:
        yield "class names", f"{len(names)}, '{names[0]}' ... '{names[-1]}'"
    trainable, others = described.trainable_parameters, described.other_parameters
    yield "parameters", f"{trainable} trainable, {others} not"
    yield "written by", f"TensorFlow {described.tensorflow}"
    if described.oldest_tensorflow:
        yield "loads in", f"TensorFlow {described.oldest_tensorflow} and newer"
    else:
        known = supported_ops.OLD_TENSORFLOWS[-1]
        yield "loads in", f"not known to load in TensorFlow {known} or older"
    yield "reaches outside", ", ".join(described.outside_ops) or "no op"


def _format_graph(graph: Graph) -> Iterable[str]:
    tags = ", ".join(f'"{tag}"' for tag in graph.tags)
    yield f"tag set {{{tags}}}: {sum(graph.ops.values())} nodes"
    yield "  ops: " + ", ".join(f"{count} {op}" for op, count in graph.ops.items())
    for name, signature in graph.signatures.items():
        yield f"  signature {name}"
        for key, tensor in signature.inputs.items():
            yield f"    in   {key:40} {_format_tensor(tensor)}"
        for key, tensor in signature.outputs.items():
            yield f"    out  {key:40} {_format_tensor(tensor)}"


def _format_tensor(tensor: Tensor) -> str:
    shape = "<unknown>" if tensor.shape is None else str(tuple(tensor.shape))
    return f"{tensor.dtype} {shape}"
