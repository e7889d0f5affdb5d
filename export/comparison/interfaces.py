"""The signatures of a graph, and whether a program can use one in place of another."""

from __future__ import annotations

import dataclasses
from typing import Any, Iterator, Mapping, Sequence

from ... import escaping
from ...builder import tasks
from ...signatures import names as signatures_lib
from ...signatures import tag_sets as tag_sets_lib
from ..saved_model import dtypes, graph_facts
from .findings import Finding, Outcome

IMAGE_SHAPE = "[batch, height, width, 3]"
_TOPIC = "signatures"
_MOST_NAMES = 3
# The largest batch of a signature whose batch size is fixed.
_LARGEST_BATCH = 64
# The number of DT_FLOAT in types.proto.
_FLOAT = 1

Shape = Sequence["int | None"]


@dataclasses.dataclass(frozen=True)
class Tensor:
    """An input or output of a signature.

    Attributes:
      dtype: the number of its type.
      shape: the size of each dimension, None where it is unknown; None if the rank is
        unknown.
      is_dense: whether it is one tensor, not a sparse tensor of several.
    """

    dtype: int
    shape: Shape | None
    is_dense: bool = True

    def __str__(self) -> str:
        sizes = "of any rank"
        if self.shape is not None:
            sizes = str(["any" if each is None else each for each in self.shape])
        return f"{dtypes.name(self.dtype)} {sizes.replace(chr(39), '')}"


@dataclasses.dataclass(frozen=True)
class Signature:
    """A signature: its inputs and outputs by their names."""

    inputs: Mapping[str, Tensor]
    outputs: Mapping[str, Tensor]

    @property
    def takes_images(self) -> bool:
        """Whether it takes images, and perhaps a momentum of batch normalizations."""
        names = set(self.inputs)
        if not {signatures_lib.IMAGES} <= names <= _KNOWN_INPUTS:
            return False
        images = self.inputs[signatures_lib.IMAGES]
        shape = images.shape
        if images.dtype != _FLOAT or not images.is_dense:
            return False
        if shape is None:
            return True
        if len(shape) != 4 or shape[3] not in (None, 3):
            return False
        return shape[0] is None or 1 <= shape[0] <= _LARGEST_BATCH

    @property
    def takes_momentum(self) -> bool:
        """Whether it takes a momentum of batch normalizations."""
        return signatures_lib.BATCH_NORM_MOMENTUM in self.inputs

    @property
    def fixed_batch(self) -> int | None:
        """How many images it takes at a time, None for any number."""
        shape = self.inputs[signatures_lib.IMAGES].shape
        return None if shape is None else shape[0]

    def accepts(self, size: tuple[int, int]) -> bool:
        """Returns whether it takes images of a height and width."""
        shape = self.inputs[signatures_lib.IMAGES].shape
        if shape is None:
            return True
        return shape[1] in (None, size[0]) and shape[2] in (None, size[1])

    def describe_inputs(self) -> str:
        """Returns the inputs as a phrase."""
        names = list(self.inputs)[:_MOST_NAMES]
        shown = [f"{escaping.cut(name)!r} of {self.inputs[name]}" for name in names]
        return ", ".join(shown) or "no input"


_KNOWN_INPUTS = {signatures_lib.IMAGES, signatures_lib.BATCH_NORM_MOMENTUM}


def find_reason(a: Signature, b: Signature) -> str | None:
    """Returns why no program can give two signatures the same images, or None."""
    if a.takes_images and b.takes_images and a.takes_momentum == b.takes_momentum:
        return None
    return (
        f"A takes {a.describe_inputs()}, B {b.describe_inputs()}: images must be "
        f"float32 {IMAGE_SHAPE}"
    )


def find_common(
    a: Mapping[str, Signature], b: Mapping[str, Signature]
) -> dict[str, Signature]:
    """Returns the signatures of A that B has too, and that take the same images."""
    names = sorted(set(a) & set(b))
    return {name: a[name] for name in names if find_reason(a[name], b[name]) is None}


def read_signatures(meta_graph: Any) -> dict[str, Signature]:
    """Returns the signatures of a MetaGraphDef by name."""
    return {
        name: Signature(_read_tensors(each.inputs), _read_tensors(each.outputs))
        for name, each in meta_graph.signature_def.items()
    }


def _read_tensors(infos: Mapping[str, Any]) -> dict[str, Tensor]:
    found = {}
    for key, info in infos.items():
        is_dense = info.WhichOneof("encoding") == "name"
        found[key] = Tensor(info.dtype, graph_facts.shape(info), is_dense)
    return found


def signatures_of_task(task: str) -> dict[str, Signature]:
    """Returns the signatures of a module of this package, whose outputs are not known.

    Args:
      task: a task of `tasks`.
    """
    images = Tensor(_FLOAT, [None, None, None, 3])
    names = [signatures_lib.DEFAULT, signatures_lib.FEATURE_VECTOR]
    if task == tasks.CLASSIFICATION:
        names.append(signatures_lib.CLASSIFICATION)
    plain = Signature({signatures_lib.IMAGES: images}, {})
    momentum = {signatures_lib.BATCH_NORM_MOMENTUM: Tensor(_FLOAT, [])}
    return {
        **{name: plain for name in names},
        **{
            name + signatures_lib.WITH_BN_HPARAMS: Signature(
                {**plain.inputs, **momentum}, {}
            )
            for name in names[1:]
        },
    }


def compare(
    graphs: Mapping[frozenset[str], Any], others: Mapping[frozenset[str], Any]
) -> Iterator[Finding]:
    """Compares the tag sets of two modules and the signatures of each.

    Args:
      graphs: the MetaGraphDefs of A by their tag sets.
      others: those of B.

    Yields:
      What was found. What B has in addition is a note.
    """
    yield from _compare_tag_sets(graphs, others)
    for tags in sorted(set(graphs) & set(others), key=sorted):
        found = list(
            _compare_signatures(
                read_signatures(graphs[tags]), read_signatures(others[tags]), tags
            )
        )
        yield from found
        if not any(each.outcome is Outcome.DIFFERS for each in found):
            count = len(graphs[tags].signature_def)
            yield Finding(
                _TOPIC,
                Outcome.SAME,
                f"B has the {count} of A, with their inputs and outputs",
                tag_sets_lib.format_tags(tags),
            )


def _compare_tag_sets(
    graphs: Mapping[frozenset[str], Any], others: Mapping[frozenset[str], Any]
) -> Iterator[Finding]:
    topic = "tag sets"
    missing, more = set(graphs) - set(others), set(others) - set(graphs)
    if missing:
        yield Finding(topic, Outcome.DIFFERS, f"B lacks {_list_tags(missing)}")
    if more:
        yield Finding(topic, Outcome.NOTE, f"B also has {_list_tags(more)}")
    if not missing:
        yield Finding(topic, Outcome.SAME, f"B has {_list_tags(graphs)}")


def _list_tags(tag_sets: Any) -> str:
    shown = list(map(tag_sets_lib.format_tags, sorted(tag_sets, key=sorted)))
    return ", ".join(shown[:_MOST_NAMES]) + (", ..." if shown[_MOST_NAMES:] else "")


def _compare_signatures(
    signatures: Mapping[str, Signature],
    others: Mapping[str, Signature],
    tags: frozenset[str],
) -> Iterator[Finding]:
    place = tag_sets_lib.format_tags(tags)
    missing = sorted(set(signatures) - set(others))
    if missing:
        detail = f"B lacks {_list_names(missing)}"
        yield Finding(_TOPIC, Outcome.DIFFERS, detail, place)
    more = sorted(set(others) - set(signatures))
    if more:
        yield Finding(_TOPIC, Outcome.NOTE, f"B also has {_list_names(more)}", place)
    for name in sorted(set(signatures) & set(others)):
        subject = f"{place} '{escaping.cut(name)}'"
        a, b = signatures[name], others[name]
        yield from _compare_inputs(a.inputs, b.inputs, subject)
        yield from _compare_outputs(a.outputs, b.outputs, subject)


def _list_names(names: Sequence[str]) -> str:
    return escaping.list_names(list(map(escaping.cut, names)), _MOST_NAMES)


def _compare_inputs(
    inputs: Mapping[str, Tensor], others: Mapping[str, Tensor], subject: str
) -> Iterator[Finding]:
    if set(inputs) != set(others):
        # hub.Module requires a value for each input, and accepts no other.
        first, other = (_list_names(sorted(each)) for each in (inputs, others))
        detail = f"inputs {first} in A, {other} in B"
        yield Finding(_TOPIC, Outcome.DIFFERS, detail, subject)
    for key in sorted(set(inputs) & set(others)):
        a, b = inputs[key], others[key]
        if a == b:
            continue
        what = f"input '{escaping.cut(key)}': {a} in A, {b} in B"
        accepts = a.dtype == b.dtype and _accepts(b.shape, a.shape)
        outcome = Outcome.NOTE if accepts else Outcome.DIFFERS
        yield Finding(_TOPIC, outcome, what, subject)


def _compare_outputs(
    outputs: Mapping[str, Tensor], others: Mapping[str, Tensor], subject: str
) -> Iterator[Finding]:
    missing = sorted(set(outputs) - set(others))
    if missing:
        detail = f"B lacks {_count(missing, outputs)}"
        yield Finding(_TOPIC, Outcome.DIFFERS, detail, subject)
    more = sorted(set(others) - set(outputs))
    if more:
        detail = f"A lacks {_count(more, others)}"
        yield Finding(_TOPIC, Outcome.NOTE, detail, subject)
    changed = [
        key for key in sorted(set(outputs) & set(others)) if outputs[key] != others[key]
    ]
    for key in changed[:_MOST_NAMES]:
        a, b = outputs[key], others[key]
        outcome = Outcome.NOTE if _keeps(a, b) else Outcome.DIFFERS
        detail = f"output '{escaping.cut(key)}': {a} in A, {b} in B"
        yield Finding(_TOPIC, outcome, detail, subject)
    rest = changed[_MOST_NAMES:]
    if rest:
        keeps_all = all(_keeps(outputs[key], others[key]) for key in rest)
        outcome = Outcome.NOTE if keeps_all else Outcome.DIFFERS
        detail = f"{len(rest)} more outputs of other types or shapes"
        yield Finding(_TOPIC, outcome, detail, subject)


def _keeps(a: Tensor, b: Tensor) -> bool:
    """Returns whether B has what a program may rely on, the type and shape of A."""
    return a.dtype == b.dtype and _accepts(a.shape, b.shape)


def _count(missing: Sequence[str], outputs: Mapping[str, Tensor]) -> str:
    return f"{len(missing)} of {len(outputs)} outputs, such as {_list_names(missing)}"


def _accepts(shape: Shape | None, other: Shape | None) -> bool:
    """Returns whether every tensor of the other shape is one of this shape."""
    if shape is None:
        return True
    if other is None or len(shape) != len(other):
        return False
    return all(a is None or a == b for a, b in zip(shape, other))
