"""The module's documentation page: what it takes, gives, and came from."""

from __future__ import annotations

import dataclasses
from typing import Iterable, Mapping, Sequence

import numpy as np

from ...builder import module_config as module_config_lib
from ...efficientnet import preprocessings
from ..weights import catalog, source

# Ids of tfhub.dev's vocabulary of architectures; the others go by the family's.
_ARCHITECTURE_IDS = tuple("efficientnet-b%d" % number for number in range(8))
_FAMILY_ID = "efficientnet"
_DATASET_IDS = {dataset.name: dataset.hub_id for dataset in catalog.DATASETS}
_TASK_IDS = {
    module_config_lib.CLASSIFICATION: "image-classification",
    module_config_lib.FEATURE_VECTOR: "image-feature-vector",
}
# The numbers are those of `preprocessings.STATISTICS`, with a mean in [0, 1].
_NORMALIZATIONS = {
    "imagenet": "`(x - m) / s` with ImageNet's mean m = ({mean}) and deviation "
    "s = ({deviation})",
    "advprop": "`{contrast:g} x - {shift:g}`",
    "lite": "`(255 x - {offset:g}) / {scale:g}`",
}

_HANDLE = "efficientnet-hub/%s/%s/1"
_PAGE = """\
# Module {handle}

{summary}

{metadata}

## Overview

{model} is a network of the EfficientNet family: Mingxing Tan and Quoc V. Le,
[EfficientNet: Rethinking Model Scaling for Convolutional Neural
Networks](https://arxiv.org/abs/1905.11946), ICML 2019.

*   Parameters: {trainable:,} trainable, {moving:,} in moving averages.
*   Expected image size: {size} x {size} pixels (height x width).
*   Feature vector: {features:,} numbers.
{classes}

## Weights

{weights}

## Usage

{usage}

## Input

`images`: float32 `[batch_size, height, width, 3]`, RGB values in [0, 1]. Any height
and width will do; {size} x {size} is what the network is meant for. The module
normalizes them itself as its weights expect it ({preprocessing}): {normalization}.

{interface}
"""


@dataclasses.dataclass(frozen=True)
class Format:
    """What the page of a module says of its format.

    Attributes:
      id: tfhub.dev's name of the format.
      class_names: where a program finds the names of the classes.
      usage: how to use the module, Markdown.
      interface: what it offers to a program, Markdown: sections.
    """

    id: str
    class_names: str
    usage: str
    interface: str


def render(
    config: module_config_lib.ModuleConfig,
    weights: source.Weights,
    variables: Mapping[str, Sequence[int]],
    written: Format,
    archive_name: str | None,
) -> str:
    """Returns the page of a module, Markdown.

    Args:
      config: the module's configuration.
      weights: its weights, of which the values are not asked.
      variables: the shape of each of its variables by name.
      written: the format that it is written in.
      archive_name: the archive's file name, or None if there is none.
    """
    network = config.network
    moving = _count({n: s for n, s in variables.items() if "/moving_" in n})
    return _PAGE.format(
        handle=config.handle or _HANDLE % (network.name, config.task),
        model=network.name,
        summary=_summary(config, weights),
        metadata="\n".join(_metadata(config, weights, written, archive_name)),
        trainable=_count(variables) - moving,
        moving=moving,
        size=network.image_size,
        features=network.num_features,
        classes=_classes(config, written),
        weights="\n".join(_weights_lines(weights)),
        usage=written.usage,
        preprocessing=network.preprocessing,
        normalization=_describe_normalization(network.preprocessing),
        interface=written.interface,
    )


def _describe_normalization(preprocessing: str) -> str:
    offset, scale = preprocessings.STATISTICS[preprocessing]
    return _NORMALIZATIONS[preprocessing].format(
        mean=", ".join(f"{value / 255:g}" for value in offset),
        deviation=", ".join(f"{value / 255:g}" for value in scale),
        contrast=255 / scale[0],
        shift=offset[0] / scale[0],
        offset=offset[0],
        scale=scale[0],
    )


def _summary(config: module_config_lib.ModuleConfig, weights: source.Weights) -> str:
    what = {
        module_config_lib.CLASSIFICATION: "Image classification",
        module_config_lib.FEATURE_VECTOR: "Feature vectors of images",
    }[config.task]
    if not weights.trained:
        return f"{what} with {config.network.name}, UNTRAINED: random initial weights."
    dataset = weights.provenance.dataset
    trained_on = f" trained on {dataset}" if dataset else ""
    anew = ", its classifier UNTRAINED" if weights.new_classifier else ""
    return f"{what} with {config.network.name}{trained_on}{anew}."


def _metadata(
    config: module_config_lib.ModuleConfig,
    weights: source.Weights,
    written: Format,
    archive_name: str | None,
) -> Iterable[str]:
    name = config.network.name
    yield "<!-- asset-path: %s -->" % (archive_name or "legacy")
    yield f"<!-- task: {_TASK_IDS[config.task]} -->"
    if weights.provenance.dataset:
        yield f"<!-- dataset: {_DATASET_IDS[weights.provenance.dataset]} -->"
    yield "<!-- network-architecture: %s -->" % (
        name if name in _ARCHITECTURE_IDS else _FAMILY_ID
    )
    yield "<!-- fine-tunable: true -->"
    yield f"<!-- format: {written.id} -->"
    # What was trained from weights is not given away by their license.
    known = None if weights.provenance.descended else weights.provenance.license
    yield "<!-- license: {} -->".format((known or "custom").lower())


def _count(variables: Mapping[str, Sequence[int]]) -> int:
    return sum(int(np.prod(shape)) for shape in variables.values())


def _classes(config: module_config_lib.ModuleConfig, written: Format) -> str:
    if config.network.num_classes is None:
        return "*   No classifier."
    if config.class_names is None:
        return "*   Classes: %d, without names." % config.network.num_classes
    return "*   Classes: %d, from '%s' to '%s' (%s)." % (
        config.network.num_classes,
        config.class_names[0],
        config.class_names[-1],
        written.class_names,
    )


def _weights_lines(weights: source.Weights) -> Iterable[str]:
    if not weights.trained:
        yield f"**Untrained.** The module holds the {weights.provenance.source}:"
        yield "its output means nothing before it is trained."
        return
    yield f"From: {weights.provenance.source}."
    if weights.new_classifier:
        yield "\n**The classifier is untrained**: its logits mean nothing before it is."
    for name, digest in sorted(weights.files.items()):
        yield f"\n*   `{name}`, SHA-256 `{digest}`"
    those = (
        "the weights that it started from"
        if weights.provenance.descended
        else "the weights"
    )
    if weights.provenance.license:
        license = weights.provenance.license
        yield f"\nLicense of {those}: {license}, by their LICENSE file."
    else:
        yield f"\nThe license of {those} is not known to the builder of this module."
    if weights.measured:
        yield f"\n{weights.measured}"
    if weights.published_top1 is not None:
        yield (
            "\nTop-1 accuracy on ImageNet's validation set as the publisher "
            f"gives it for these weights: {weights.published_top1:.1f} %. "
            "It was not measured again on this module."
        )
