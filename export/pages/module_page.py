"""Renders the HTML page of a module."""

from __future__ import annotations

import dataclasses
from typing import Iterator, Mapping, Sequence

from ... import escaping
from ...efficientnet import config as config_lib
from ...efficientnet import stages as stages_lib
from ..model_card import card as card_lib
from . import architecture_drawing, compatibility_table, rendering
from . import samples as samples_lib

_TEMPLATE = "module.html"
_INDEX = "index.html"
# The sections above the drawing of the network. The others are below it.
_FIRST_SECTIONS = ("Overview", "Weights", "Measured accuracy", "Usage", "Input")
# More names than that are shown when the reader opens their list.
_FEW_CLASSES = 20
# What the snippets of a model card say for the folder of the module or its address.
_PLACEHOLDER = "path/to/module"
_LONGEST_NAME = 200


@dataclasses.dataclass(frozen=True)
class Build:
    """The files that a build published, and how they were verified.

    Attributes:
      archive: file name of the archive.
      archive_sha256: its SHA-256, hexadecimal.
      archive_bytes: its size.
      page: file name of the documentation page, Markdown.
      tensorflow: the version of TensorFlow that built the module.
      promises: the outcome of each promise that concerns the module, by its statement.
      not_applicable: the statements of the promises that concern other modules only.
    """

    archive: str
    archive_sha256: str
    archive_bytes: int
    page: str
    tensorflow: str
    promises: Mapping[str, str]
    not_applicable: Sequence[str]


def render(
    card: card_lib.Card,
    build: Build,
    network: config_lib.NetworkConfig,
    samples: Sequence[samples_lib.Sample],
    class_names: Sequence[str] | None = None,
) -> str:
    """Returns the page of a module, HTML.

    Args:
      card: the content of its documentation page.
      build: its files, and how they were verified.
      network: the network in it.
      samples: classified images, may be empty.
      class_names: the name of each class, or None if they are not known.

    Raises:
      errors.DependencyError: if Jinja or Markdown is missing.
    """
    stages = stages_lib.stages(network)
    cost = stages_lib.cost(network)
    return rendering.render(
        _TEMPLATE,
        card=card,
        placeholder=_PLACEHOLDER,
        build=build,
        first_sections=[s for s in card.sections if s.title in _FIRST_SECTIONS],
        last_sections=[s for s in card.sections if s.title not in _FIRST_SECTIONS],
        facts=list(_list_facts(card, network, cost)),
        stages=stages,
        cost=cost,
        drawing=architecture_drawing.draw(stages),
        class_names=list(map(_show_name, class_names or ())),
        few_classes=_FEW_CLASSES,
        samples=samples,
        image_size=network.image_size,
        compatibility=compatibility_table.read(),
        version=card.handle.rsplit("/", 1)[1],
        index="../" * card.handle.count("/") + _INDEX,
    )


def _show_name(name: str) -> str:
    return escaping.escape_terminal(escaping.cut(name, _LONGEST_NAME))


def _list_facts(
    card: card_lib.Card,
    network: config_lib.NetworkConfig,
    cost: stages_lib.Cost,
) -> Iterator[tuple[str, str]]:
    """Yields the names and values of the facts at the top of the page."""
    yield "Task", card.metadata.task
    yield "Network", network.name
    yield "Image size", f"{network.image_size} x {network.image_size}"
    yield "Parameters", f"{cost.parameters / 1e6:.1f} million"
    yield "Multiply-adds", f"{cost.multiply_adds / 1e9:.2f} billion"
    if card.metadata.dataset is not None:
        yield "Dataset", card.metadata.dataset
    yield "License", card.metadata.license
