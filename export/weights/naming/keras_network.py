"""Finds an EfficientNet among the layers of a Keras file."""

from __future__ import annotations

import dataclasses
import itertools
import re
from typing import Iterator, Mapping, Sequence

from .... import errors, escaping
from ....efficientnet import config as config_lib
from . import keras
from .keras_layers import FoundLayer

# The most networks that a message names.
_MOST_NAMED = 3
_BLOCK = re.compile(r"block\d+[a-z]_")
# What to do about a file without a classifier.
ADVICE = "give --new_classifier, or --task=feature-vector"


@dataclasses.dataclass(frozen=True)
class FoundNetwork:
    """A network in a file.

    Attributes:
      owner: the model that its layers are in, as the file names it.
      variables: the entry of the file for each variable by our name, without the
        classifier.
      normalizations: the layers of the model that normalize its input.
      classifier: the layer that maps features to logits, or None.
      no_classifier: why there is no classifier, a clause for messages.
      others: the layers that are no part of all that.
      has_names: whether the file has the names of layers.
      folded: the layer that is folded into the classifier, see keras_head.py, or None.
    """

    owner: str
    variables: Mapping[str, str]
    normalizations: Sequence[FoundLayer]
    classifier: FoundLayer | None
    no_classifier: str
    others: Sequence[FoundLayer]
    has_names: bool
    folded: FoundLayer | None = None


@dataclasses.dataclass(frozen=True)
class _Candidate:
    """Layers that may be a network: what they are the layers of, and its name."""

    owner: str
    prefix: str
    variant: str
    has_names: bool

    @property
    def label(self) -> str:
        where = f"'{escaping.cut(self.owner)}'" if self.owner else "the saved model"
        prefix = f" below '{escaping.cut(self.prefix)}'" if self.prefix else ""
        return f"{self.variant} in {where}{prefix}"


def find(
    layers: Sequence[FoundLayer], network: config_lib.NetworkConfig, place: str
) -> FoundNetwork:
    """Finds a network by its content.

    Args:
      layers: the layers of a file, see `keras_layers.group`.
      network: the network that must be there.
      place: what messages call the file.

    Raises:
      errors.InputError: if the network is not there, or another one also.
    """
    known = {
        row.name: keras.list_layers(row)
        for row in (*config_lib.VARIANTS.values(), network)
        if not row.lite
    }
    expected = keras.list_layers(network)
    candidates = list(itertools.islice(_list_candidates(layers, known), _MOST_NAMED))
    if len(candidates) > 1:
        found = ", ".join(candidate.label for candidate in candidates)
        raise errors.InputError(
            f"{place} must hold one EfficientNet, found {found}: save the one to "
            "convert as a model of its own"
        )
    if not candidates:
        raise errors.InputError(
            f"{place} must hold the layers of {network.name}, found "
            f"{_summarize(layers)}: is it of another network, or are two networks in "
            "one model?"
        )
    (candidate,) = candidates
    owned = [layer for layer in layers if layer.owner == candidate.owner]
    if candidate.has_names:
        matched = _match_names(owned, candidate.prefix, expected)
    else:
        matched = _match_order(owned, expected)
    if len(matched) < len(expected):
        missing = next(layer for layer in expected if layer.name not in matched)
        raise errors.InputError(
            f"{place} must hold the layer '{missing.name}' of {network.name} with an "
            f"array of shape {tuple(missing.shape)}, found {candidate.label}: is it of "
            "another variant, or an EfficientNetV2?"
        )
    if candidate.has_names:
        _check_names(owned, candidate, expected, place)
    variables = dict(_read_variables(matched, expected, network, place))
    return _complete(layers, matched, variables, candidate, network)


def _list_candidates(
    layers: Sequence[FoundLayer], known: Mapping[str, Sequence[keras.Layer]]
) -> Iterator[_Candidate]:
    by_owner: dict[str, list[FoundLayer]] = {}
    for layer in layers:
        by_owner.setdefault(layer.owner, []).append(layer)
    for owner, owned in by_owner.items():
        prefixes = [
            layer.name[: -len(keras.STEM)]
            for layer in owned
            if layer.has_name and layer.name.endswith(keras.STEM)
        ]
        for prefix in prefixes:
            shapes = _shapes_of_kind(
                [layer for layer in owned if layer.name.startswith(prefix)],
                keras.DEPTHWISE_CONV,
            )
            names = _name_variants(sorted(shapes), known, is_sorted=True)
            yield _Candidate(owner, prefix, names or "an unknown variant", True)
        if not prefixes and not all(layer.has_name for layer in owned):
            shapes = _shapes_of_kind(owned, keras.DEPTHWISE_CONV)
            names = _name_variants(shapes, known, is_sorted=False)
            if names:
                yield _Candidate(owner, "", names, False)


def _name_variants(
    shapes: Sequence[tuple[int, ...]],
    known: Mapping[str, Sequence[keras.Layer]],
    is_sorted: bool,
) -> str:
    """Returns the variant whose depthwise convolutions have some shapes, or ''."""
    for name, layers in known.items():
        expected = [
            tuple(layer.shape) for layer in layers if layer.kind == keras.DEPTHWISE_CONV
        ]
        if is_sorted:
            expected.sort()
        if _find_runs(shapes, expected):
            return name
    return ""


def _shapes_of_kind(layers: Sequence[FoundLayer], kind: str) -> list[tuple[int, ...]]:
    return [_first_shape(layer) for layer in layers if layer.kind == kind]


def _first_shape(layer: FoundLayer) -> tuple[int, ...]:
    first = keras.PARTS[layer.kind][0]
    return layer.values[first].shape if first in layer.values else ()


def _find_runs(
    shapes: Sequence[tuple[int, ...]], expected: Sequence[tuple[int, ...]]
) -> list[int]:
    """Returns each position at which some shapes follow each other."""
    last = len(shapes) - len(expected)
    return [
        start
        for start in range(last + 1)
        if list(shapes[start : start + len(expected)]) == list(expected)
    ]


def _match_names(
    owned: Sequence[FoundLayer], prefix: str, expected: Sequence[keras.Layer]
) -> dict[str, FoundLayer]:
    """Returns the layer of the file for each name of the network."""
    by_name = {layer.name: layer for layer in owned}
    return {
        layer.name: by_name[prefix + layer.name]
        for layer in expected
        if prefix + layer.name in by_name
    }


def _check_names(
    owned: Sequence[FoundLayer],
    candidate: _Candidate,
    expected: Sequence[keras.Layer],
    place: str,
) -> None:
    """Checks that there is no block that the network does not have."""
    names = {candidate.prefix + layer.name for layer in expected}
    for layer in owned:
        name = layer.name[len(candidate.prefix) :]
        is_block = layer.name.startswith(candidate.prefix) and _BLOCK.match(name)
        if is_block and layer.name not in names:
            raise errors.InputError(
                f"{place} must hold the blocks of one network only, found the layer "
                f"'{escaping.cut(layer.name)}' of {candidate.label}: is it of another "
                "variant?"
            )


def _match_order(
    owned: Sequence[FoundLayer], expected: Sequence[keras.Layer]
) -> dict[str, FoundLayer]:
    """The same for layers without names: each kind of layers has an order.

    The layers of the model that the network was put into come before or after.
    """
    matched: dict[str, FoundLayer] = {}
    for kind in (keras.CONV, keras.DEPTHWISE_CONV, keras.BATCH_NORM):
        there = [layer for layer in owned if layer.kind == kind]
        wanted = [layer for layer in expected if layer.kind == kind]
        shapes = [_first_shape(layer) for layer in there]
        runs = _find_runs(shapes, [tuple(layer.shape) for layer in wanted])
        if len(runs) == 1:
            for layer, found in zip(wanted, there[runs[0] :]):
                matched[layer.name] = found
    return matched


def _read_variables(
    matched: Mapping[str, FoundLayer],
    expected: Sequence[keras.Layer],
    network: config_lib.NetworkConfig,
    place: str,
) -> Iterator[tuple[str, str]]:
    """Yields the name of each variable of the network, and its entry in the file."""
    for layer in expected:
        found = matched[layer.name].entries
        if set(found) != set(layer.variables):
            raise errors.InputError(
                f"{place} must hold the arrays {', '.join(layer.variables)} of the "
                f"layer '{layer.name}' of {network.name}, found "
                f"{escaping.list_names(sorted(found))}: is it of another variant?"
            )
        for part, variable in layer.variables.items():
            yield variable, found[part]


def _complete(
    layers: Sequence[FoundLayer],
    matched: Mapping[str, FoundLayer],
    variables: Mapping[str, str],
    candidate: _Candidate,
    network: config_lib.NetworkConfig,
) -> FoundNetwork:
    """Adds the normalization, the classifier, and what is left."""
    used = {id(layer) for layer in matched.values()}
    left = [layer for layer in layers if id(layer) not in used]
    normalizations = [
        layer
        for layer in left
        if layer.kind == keras.NORMALIZATION and layer.owner == candidate.owner
    ]
    left = [layer for layer in left if layer.kind != keras.NORMALIZATION]
    classifier, reason = _find_classifier(left, candidate, network)
    others = [layer for layer in left if layer is not classifier]
    return FoundNetwork(
        candidate.owner,
        variables,
        normalizations,
        classifier,
        reason,
        others,
        candidate.has_names,
    )


def _find_classifier(
    left: Sequence[FoundLayer],
    candidate: _Candidate,
    network: config_lib.NetworkConfig,
) -> tuple[FoundLayer | None, str]:
    """Returns the classifier, or None and the reason why there is none."""
    named = [
        layer
        for layer in left
        if layer.owner == candidate.owner
        and layer.has_name
        and layer.name in [candidate.prefix + name for name in keras.CLASSIFIERS]
    ]
    if named:
        return named[0], ""
    # Layers of other kinds, such as a batch normalization, can be before the classifier
    # and would be lost.
    weighted = [layer for layer in left if has_weights(layer)]
    if not weighted:
        return None, f"none, as in a model without top: {ADVICE}"
    if len(weighted) > 1:
        names = escaping.list_names([escaping.cut(layer.path) for layer in weighted])
        return None, f"{len(weighted)} layers after the network, {names}: {ADVICE}"
    (layer,) = weighted
    name = escaping.cut(layer.path)
    if layer.kind != keras.DENSE:
        return None, f"the layer '{name}', which is not dense: {ADVICE}"
    shape = layer.values["kernel"].shape if "kernel" in layer.values else ()
    if shape[:1] != (network.num_features,):
        return None, f"the layer '{name}' with a kernel of shape {shape}: {ADVICE}"
    return layer, ""


def has_weights(layer: FoundLayer) -> bool:
    """Returns whether a layer has arrays of numbers with a fraction."""
    return any(value.dtype.kind not in "iubSUO" for value in layer.values.values())


def _summarize(layers: Sequence[FoundLayer]) -> str:
    """Returns some layers of a file."""
    names = [escaping.cut(layer.path) for layer in layers]
    return escaping.list_names(names) or "no layers"
