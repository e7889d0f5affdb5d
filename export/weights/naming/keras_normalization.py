"""Finds the normalization of images that a network of Keras computes itself.

Keras divides RGB values in [0, 255] by 255, subtracts the variable `mean`, and divides
by the root of the variable `variance`. Both are 0 and 1 in a network made without
weights.

The files of Keras with ImageNet weights hold the standard deviations of ImageNet where
the variances belong. Networks made with `weights="imagenet"` divide by their root once
more, in a layer that only a configuration shows. Both together divide by the deviation.
See https://github.com/tensorflow/tensorflow/issues/49930.

The package efficientnet leaves the normalization to its caller, who calls its
`preprocess_input`: that of 'imagenet'.
"""

from __future__ import annotations

from typing import Sequence

import numpy as np

from .... import errors, escaping
from ....efficientnet import preprocessings
from . import keras_config
from .keras_layers import FoundLayer

_EXTERNAL = "imagenet"
# `variance` in the ImageNet weights of Keras.
_IMAGENET_DEVIATIONS = (0.229, 0.224, 0.225)
# What float32 loses.
_TOLERANCE = 1e-6
# `keras.backend.epsilon()`, the least that Keras divides by.
_EPSILON = 1e-7


def find(
    normalizations: Sequence[FoundLayer],
    facts: keras_config.ModelFacts | None,
    has_names: bool,
    place: str,
) -> tuple[str, str]:
    """Finds the normalization.

    Args:
      normalizations: the layers of the network that may normalize its images, in the
        order of their numbers.
      facts: what the configuration says, or None.
      has_names: whether the layers have their names.
      place: what messages call the file.

    Returns:
      The text of the normalization, see `preprocessings.parse`, and a note where it
      comes from.

    Raises:
      errors.InputError: if there are several, or one cannot be expressed.
    """
    if facts is None:
        return _find_without_configuration(normalizations, place)
    if not facts.steps:
        return _EXTERNAL, _describe_external()
    with np.errstate(all="ignore"):  # Checked below.
        factor, offset = _compose(facts.steps, normalizations, has_names, place)
    if not np.all(np.isfinite([factor, offset])) or not np.all(factor > 0):
        raise errors.InputError(
            f"the network of {place} must multiply images by a positive number, found "
            f"{escaping.cut(factor.tolist())}: is the file damaged?"
        )
    deviations = 1 / (255 * factor)
    return (
        _describe(-offset * deviations, deviations),
        "the normalization of images is that of the layers "
        + ", ".join(escaping.cut(step.name) for step in facts.steps),
    )


def _compose(
    steps: Sequence[keras_config.Step],
    normalizations: Sequence[FoundLayer],
    has_names: bool,
    place: str,
) -> tuple[np.ndarray, np.ndarray]:
    """Returns the factor on RGB values in [0, 255], and what is added then, `[3]`."""
    factor, offset = np.ones(3), np.zeros(3)
    for step in steps:
        if step.normalization is None:
            scale, shift = np.array(step.scale), np.array(step.offset)
        else:
            mean, deviation = _read(
                _choose(normalizations, step, has_names, place), place
            )
            scale, shift = 1 / deviation, -mean / deviation
        factor, offset = factor * scale, offset * scale + shift
    return factor, offset


def _find_without_configuration(
    normalizations: Sequence[FoundLayer], place: str
) -> tuple[str, str]:
    if not normalizations:
        return _EXTERNAL, _describe_external()
    if len(normalizations) > 1:
        names = escaping.list_names([escaping.cut(n.path) for n in normalizations])
        raise errors.InputError(
            f"{place} must hold one normalization of images, found {names}: save the "
            "whole model, whose configuration says what they are for"
        )
    mean, deviation = _read(normalizations[0], place)
    variance = deviation**2
    note = "the normalization of images is that of the file"
    if np.all(np.abs(variance - _IMAGENET_DEVIATIONS) <= _TOLERANCE):
        deviation = variance
        note = (
            "the variances of images in the file are ImageNet's standard deviations, "
            "by which networks divide that Keras made with weights='imagenet'; give "
            "--preprocessing if its program made it without"
        )
    return _describe(mean, deviation), note


def _describe(means: np.ndarray, deviations: np.ndarray) -> str:
    """Returns the text of a normalization, with the shortest numbers of float32."""
    return preprocessings.from_numbers(_shorten(means), _shorten(deviations))


def _shorten(numbers: np.ndarray) -> list[float]:
    return [float(str(np.float32(number))) for number in numbers]


def _describe_external() -> str:
    return (
        "the network does not normalize images itself: took the normalization "
        f"'{_EXTERNAL}' of the package efficientnet"
    )


def _choose(
    normalizations: Sequence[FoundLayer],
    step: keras_config.Step,
    has_names: bool,
    place: str,
) -> FoundLayer:
    """Returns the layer of a step."""
    named = [layer for layer in normalizations if layer.name == step.name]
    if has_names and len(named) == 1:
        return named[0]
    position = step.normalization or 0
    if position >= len(normalizations):
        raise errors.InputError(
            f"{place} must hold the mean and the variance of its layer "
            f"'{escaping.cut(step.name)}', found no such arrays: is it damaged?"
        )
    return normalizations[position]


def _read(layer: FoundLayer, place: str) -> tuple[np.ndarray, np.ndarray]:
    """Returns the mean and the deviation that a layer divides by, float64 `[3]`."""
    parts = []
    for part in ("mean", "variance"):
        value = layer.values.get(part, np.zeros(0))
        if value.size != 3 or value.dtype.kind in "cSUOV":
            raise errors.InputError(
                f"the {part} of the layer '{escaping.cut(layer.path)}' in {place} must "
                f"be three numbers, found shape {value.shape}: is it of images in RGB?"
            )
        parts.append(value.reshape(3).astype(np.float64))
    mean, variance = parts
    if not np.all(np.isfinite(mean)) or not np.all(variance > 0):
        raise errors.InputError(
            f"the layer '{escaping.cut(layer.path)}' in {place} must hold a mean and a "
            f"positive variance, found {mean.tolist()} and {variance.tolist()}: is the "
            "file damaged?"
        )
    return mean, np.maximum(np.sqrt(variance), _EPSILON)
