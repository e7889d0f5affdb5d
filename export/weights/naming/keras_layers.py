"""Groups the arrays of Keras' files to layers.

Keras has three ways to name the arrays of a model:

- HDF5 weights and whole models of HDF5, by the names of layers:
  'stem_conv/stem_conv/kernel:0' of Keras 2 and 'stem_conv/stem_conv/kernel' of Keras 3;
  'efficientnetb0/stem_conv/kernel:0' in a model within a model; all of them below
  'model_weights/' in a whole model.
- `.weights.h5` and `.keras`, by the classes of layers, and numbers in the order of
  `model.layers`: 'layers/conv2d_1/vars/0'. Keras 2.12 and 2.13 say
  '_layer_checkpoint_dependencies' in place of 'layers', and leave numbers out.
- checkpoints, by numbers: 'layer_with_weights-1/kernel/.ATTRIBUTES/VARIABLE_VALUE'.

A model of a class of its own holds other models and layers as attributes, by the names
of the attributes.
"""

from __future__ import annotations

import dataclasses
import re
from typing import Dict, Mapping, NamedTuple, Sequence

import numpy as np

from . import keras

# What of a file holds no weights: of training, and of random generators.
_NO_WEIGHTS = re.compile(
    r"(^|/)(optimizer\w*|_optimizer\w*|_?metrics|_?loss\w*|seed_generator\w*|save_counter"
    r"|_CHECKPOINTABLE_OBJECT_GRAPH|keras_api|\.OPTIMIZER_SLOT)(/|$)"
)
_CHECKPOINT_END = "/.ATTRIBUTES/VARIABLE_VALUE"
_CHECKPOINT_LAYER = re.compile(r"layer(?:_with_weights)?-(\d+)")
_CONTAINERS = ("layers", "_layer_checkpoint_dependencies")
_NUMBER_AT_END = re.compile(r"_(\d{1,9})$")
_VARIABLES = "vars"
_WHOLE_MODEL = "model_weights"


@dataclasses.dataclass(frozen=True)
class FoundLayer:
    """A layer with variables in a file.

    Attributes:
      owner: the model that it is a layer of, as the file names it. '' is the model
        that was saved.
      name: what the file calls it.
      has_name: whether that is the name of the layer, rather than its class or number.
      kind: its class, a key of `keras.PARTS`, or '' for another one.
      values: array of each part, see `keras.PARTS`.
      entries: the name of the entry of each part in the file.
    """

    owner: str
    name: str
    has_name: bool
    kind: str
    values: Mapping[str, np.ndarray]
    entries: Mapping[str, str]

    @property
    def path(self) -> str:
        """What messages call it."""
        return f"{self.owner}/{self.name}" if self.owner else self.name


class _Place(NamedTuple):
    """Where a layer is in a file, see `FoundLayer`, and its number."""

    owner: str
    name: str
    number: int
    has_name: bool


_Parts = Dict[str, np.ndarray]


def group(arrays: Mapping[str, np.ndarray]) -> list[FoundLayer]:
    """Groups the arrays of a file to layers.

    Args:
      arrays: array of each entry of the file: of a dataset by its path, or of a
        variable by its name in the checkpoint.

    Returns:
      The layers in the order of their numbers, if they have numbers. What training
      saves besides the weights is left out.
    """
    layers: dict[_Place, dict[str, str]] = {}
    for entry in arrays:
        if not is_of_training(entry):
            place, part = _split(entry.strip("/"))
            layers.setdefault(place, {})[part] = entry
    by_number = sorted(layers, key=lambda place: place.number)
    return [_describe(place, layers[place], arrays) for place in by_number]


def is_of_training(entry: str) -> bool:
    """Returns whether an entry of a file is of training, and of no layer."""
    return bool(_NO_WEIGHTS.search(entry.strip("/")))


def name_layer(entry: str) -> tuple[str, str]:
    """Returns the owner and the name of the layer of an entry, see `FoundLayer`."""
    place, _ = _split(entry.strip("/"))
    return place.owner, place.name


def _split(entry: str) -> tuple[_Place, str]:
    """Returns the layer of an entry, and the part of the layer."""
    if entry.endswith(_CHECKPOINT_END):
        return _split_checkpoint(entry[: -len(_CHECKPOINT_END)].split("/"))
    keys = entry.split("/")
    if len(keys) >= 2 and keys[-2] == _VARIABLES:
        return _split_numbered(keys[:-2], keys[-1])
    return _split_named(keys)


def _split_checkpoint(keys: Sequence[str]) -> tuple[_Place, str]:
    *owner, name, part = ["", *keys][-max(2, len(keys)) :]
    match = _CHECKPOINT_LAYER.fullmatch(name)
    number = int(match.group(1)[:9]) if match else 0
    return _Place("/".join(owner), name, number, False), part


def _split_numbered(keys: Sequence[str], part: str) -> tuple[_Place, str]:
    if not keys:
        return _Place("", "", 0, False), part
    *owner, name = keys
    number = _NUMBER_AT_END.search(name)
    if owner and owner[-1] in _CONTAINERS:
        owner.pop()
    return _Place(
        "/".join(owner), name, int(number.group(1)) if number else 0, False
    ), part


def _split_named(keys: Sequence[str]) -> tuple[_Place, str]:
    if keys[0] == _WHOLE_MODEL:
        keys = keys[1:]
    *owner, name, part = ["", "", *keys][-max(2, len(keys)) :]
    # Each layer of the saved model is a group, and the names of its variables repeat
    # the layer's name. A graph of TensorFlow 1 numbers repeated names there.
    if owner and owner[0] in (name, _NUMBER_AT_END.sub("", name)):
        name = owner.pop(0)
    return _Place("/".join(owner), name, 0, True), re.sub(r":\d+$", "", part)


def _describe(
    place: _Place, entries: dict[str, str], arrays: Mapping[str, np.ndarray]
) -> FoundLayer:
    parts = {part: arrays[entry] for part, entry in entries.items()}
    kind, names = _name_parts(place.name, parts)
    return FoundLayer(
        place.owner,
        place.name,
        place.has_name,
        kind,
        {names.get(part, part): value for part, value in parts.items()},
        {names.get(part, part): entry for part, entry in entries.items()},
    )


def _name_parts(name: str, parts: _Parts) -> tuple[str, dict[str, str]]:
    """Returns the class of a layer, and the names of parts that the file calls others.

    Args:
      name: what the file calls the layer.
      parts: array of each part, as the file calls it.
    """
    if all(part.isdigit() for part in parts):
        kind = _find_class(name, parts)
        names = {str(i): part for i, part in enumerate(keras.PARTS.get(kind, ()))}
        is_known = set(parts) == set(list(names)[: len(parts)])
        return (kind, names) if is_known else ("", {})
    if name.endswith("dwconv") and "kernel" in parts:  # as Keras 3 names it
        return keras.DEPTHWISE_CONV, {"kernel": "depthwise_kernel"}
    return _guess_class(parts), {}


def _find_class(name: str, parts: _Parts) -> str:
    """Returns the class of a layer whose parts have numbers."""
    found = _NUMBER_AT_END.sub("", name)
    if found in keras.PARTS:
        return found
    # An attribute of a model has its own name. Only a classifier is looked for.
    is_dense = "0" in parts and parts["0"].ndim == 2 and len(parts) <= 2
    return keras.DENSE if is_dense else ""


def _guess_class(parts: _Parts) -> str:
    """Returns the class of a layer whose parts have names."""
    if "moving_mean" in parts:
        return keras.BATCH_NORM
    if "mean" in parts and "variance" in parts:
        return keras.NORMALIZATION
    if "depthwise_kernel" in parts:
        return keras.DEPTHWISE_CONV
    if "kernel" not in parts or not set(parts) <= {"kernel", "bias"}:
        return ""
    return {2: keras.DENSE, 4: keras.CONV}.get(parts["kernel"].ndim, "")
