"""Builds the documentation page of a module."""

from __future__ import annotations

import dataclasses
from typing import Iterable, Mapping, Sequence

import numpy as np

from ... import escaping
from ...builder import module_config as module_config_lib
from ...builder import tasks
from ...efficientnet import config as config_lib
from ...efficientnet import preprocessings
from ..weights import catalog, source
from . import card as card_lib

# The architectures of tfhub.dev's vocabulary. Other variants have the family's name.
_ARCHITECTURE_IDS = tuple(f"efficientnet-b{number}" for number in range(8))
_FAMILY_ID = "efficientnet"
_DATASET_IDS = {dataset.name: dataset.hub_id for dataset in catalog.DATASETS}
_TASK_IDS = {
    tasks.CLASSIFICATION: "image-classification",
    tasks.FEATURE_VECTOR: "image-feature-vector",
}
# The numbers are those of `preprocessings.STATISTICS`, with a mean in [0, 1].
_NORMALIZATIONS = {
    "imagenet": "`(x - m) / s` with ImageNet's mean m = ({mean}) and deviation "
    "s = ({deviation})",
    "advprop": "`{contrast:g} x - {shift:g}`",
    "lite": "`(255 x - {offset:g}) / {scale:g}`",
}
# Of a normalization without a name.
_NUMBERS = (
    "`(x - m) / s` with the mean m = ({mean}) and the deviation s = ({deviation})"
)

# Of a class, in the overview.
_LONGEST_NAME = 200

_OVERVIEW = """\
{model} is a network of the EfficientNet family: Mingxing Tan and Quoc V. Le,
[EfficientNet: Rethinking Model Scaling for Convolutional Neural
Networks](https://arxiv.org/abs/1905.11946), ICML 2019.

*   Parameters: {trainable:,} trainable, {moving:,} in moving averages.
*   Expected image size: {size} x {size} pixels (height x width).
*   Feature vector: {features:,} numbers.
{library}{classes}"""
_LIBRARY = """\
*   As in the library that trained the weights, convolutions pad images with zeros in
    the way `{padding}`, and batch normalization has the epsilon {epsilon:g}.
"""
_INPUT = """\
`images`: float32 `[batch_size, height, width, 3]`, RGB values in [0, 1]. The expected
size is {size} x {size}. Other heights and widths work too. The module normalizes the
images as its weights require{name}: {normalization}."""


@dataclasses.dataclass(frozen=True)
class Format:
    """The parts of a page that depend on the format of the module.

    Attributes:
      id: tfhub.dev's name of the format.
      class_names: where the module has the names of its classes, Markdown.
      usage: how to use the module, Markdown.
      interface: the sections that describe the interface of the module.
    """

    id: str
    class_names: str
    usage: str
    interface: Sequence[card_lib.Section]


def build_card(
    config: module_config_lib.ModuleConfig,
    weights: source.Weights,
    variables: Mapping[str, Sequence[int]],
    written: Format,
    archive_name: str | None,
) -> card_lib.Card:
    """Returns the documentation page of a module.

    Args:
      config: the module's configuration.
      weights: its weights. Their values are not used.
      variables: the shape of each variable by name.
      written: the parts that depend on the format.
      archive_name: file name of the archive, or None if there is none.
    """
    network = config.network
    sections = [
        ("Overview", _describe_network(config, variables, written)),
        ("Weights", "\n".join(_describe_weights(weights))),
        ("Usage", written.usage),
        ("Input", _describe_input(network)),
    ]
    return card_lib.Card(
        handle=config.handle or f"efficientnet-hub/{network.name}/{config.task}/1",
        summary=_summarize(config, weights),
        untrained=not weights.trained or weights.new_classifier,
        metadata=_build_metadata(config, weights, written, archive_name),
        sections=[*(card_lib.Section(*each) for each in sections), *written.interface],
    )


def _describe_network(
    config: module_config_lib.ModuleConfig,
    variables: Mapping[str, Sequence[int]],
    written: Format,
) -> str:
    moving = _count({n: s for n, s in variables.items() if "/moving_" in n})
    return _OVERVIEW.format(
        model=config.network.name,
        trainable=_count(variables) - moving,
        moving=moving,
        size=config.network.image_size,
        features=config.network.num_features,
        library=_describe_library(config.network),
        classes=_describe_classes(config, written),
    )


def describe_randomness(network: config_lib.NetworkConfig) -> str:
    """Returns what a network applies in training only, as the object of a sentence."""
    applied = []
    if network.survival_probability < 1:
        applied.append("stochastic depth")
    if network.num_classes is not None and network.dropout_rate > 0:
        applied.append("dropout before the classifier")
    return " and ".join(applied) or "neither stochastic depth nor dropout"


def _describe_library(network: config_lib.NetworkConfig) -> str:
    """Returns how the network differs from the publisher's, or nothing."""
    choices = network.padding, network.batch_norm_epsilon
    if choices == (config_lib.SAME, config_lib.BATCH_NORM_EPSILON):
        return ""
    return _LIBRARY.format(padding=network.padding, epsilon=network.batch_norm_epsilon)


def _describe_input(network: config_lib.NetworkConfig) -> str:
    preprocessing = network.preprocessing
    return _INPUT.format(
        size=network.image_size,
        name=f" ({preprocessing})" if preprocessing in preprocessings.NAMES else "",
        normalization=_describe_normalization(preprocessing),
    )


def _describe_normalization(preprocessing: str) -> str:
    offset, scale = preprocessings.parse(preprocessing)
    return _NORMALIZATIONS.get(preprocessing, _NUMBERS).format(
        mean=", ".join(f"{value / 255:g}" for value in offset),
        deviation=", ".join(f"{value / 255:g}" for value in scale),
        contrast=255 / scale[0],
        shift=offset[0] / scale[0],
        offset=offset[0],
        scale=scale[0],
    )


def _summarize(config: module_config_lib.ModuleConfig, weights: source.Weights) -> str:
    what = {
        tasks.CLASSIFICATION: "Image classification",
        tasks.FEATURE_VECTOR: "Feature vectors of images",
    }[config.task]
    if not weights.trained:
        return f"{what} with {config.network.name}, UNTRAINED: random initial weights."
    dataset = weights.provenance.dataset
    trained_on = f" trained on {dataset}" if dataset else ""
    classifier = ", its classifier UNTRAINED" if weights.new_classifier else ""
    return f"{what} with {config.network.name}{trained_on}{classifier}."


def _build_metadata(
    config: module_config_lib.ModuleConfig,
    weights: source.Weights,
    written: Format,
    archive_name: str | None,
) -> card_lib.Metadata:
    name = config.network.name
    provenance = weights.provenance
    # The license of weights is not that of a module which was trained from them.
    known = None if provenance.descended else provenance.license
    return card_lib.Metadata(
        asset_path=archive_name or "legacy",
        task=_TASK_IDS[config.task],
        dataset=_DATASET_IDS[provenance.dataset] if provenance.dataset else None,
        network_architecture=name if name in _ARCHITECTURE_IDS else _FAMILY_ID,
        fine_tunable="true",
        format=written.id,
        license=(known or "custom").lower(),
    )


def _count(variables: Mapping[str, Sequence[int]]) -> int:
    return sum(int(np.prod(shape)) for shape in variables.values())


def _describe_classes(config: module_config_lib.ModuleConfig, written: Format) -> str:
    if config.network.num_classes is None:
        return "*   No classifier."
    if config.class_names is None:
        return f"*   Classes: {config.network.num_classes}, without names."
    first, last = (
        escaping.escape_markdown(escaping.cut(config.class_names[index], _LONGEST_NAME))
        for index in (0, -1)
    )
    return (
        f"*   Classes: {config.network.num_classes}, from '{first}' to '{last}' "
        f"({written.class_names})."
    )


def _describe_weights(weights: source.Weights) -> Iterable[str]:
    provenance = weights.provenance
    if not weights.trained:
        yield f"**Untrained.** The module contains the {provenance.source}."
        yield "Its output is meaningless until you train it."
        return
    yield f"From: {escaping.escape_markdown(provenance.source)}."
    if weights.new_classifier:
        yield "\n**The classifier is untrained.** Its logits are meaningless until you"
        yield "train it."
    for name, digest in sorted(weights.files.items()):
        yield f"\n*   {escaping.escape_markdown_code(name)}, SHA-256 `{digest}`"
    descended = provenance.descended
    those = "the weights that it started from" if descended else "the weights"
    if provenance.license:
        license_ = escaping.escape_markdown(provenance.license)
        yield f"\nLicense of {those}: {license_}, see their LICENSE file."
    else:
        yield f"\nThe license of {those} is not known."
    if weights.measured:
        yield f"\n{weights.measured}"
    if weights.published_top1 is not None:
        yield (
            "\nTop-1 accuracy on ImageNet's validation set, as published for these "
            f"weights: {weights.published_top1:.1f} %. It was not measured again on "
            "this module."
        )
