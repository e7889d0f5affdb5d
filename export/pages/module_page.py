"""The page of a module: its documentation, its network drawn, what it sees."""

from __future__ import annotations

from typing import Iterator, Mapping, Sequence

from ...efficientnet import config as config_lib
from ...efficientnet import stages as stages_lib
from . import architecture_drawing, compatibility_table, rendering
from . import card as card_lib
from . import samples as samples_lib

_TEMPLATE = "module.html"
_INDEX = "index.html"


def render(
    page: str,
    manifest: Mapping,
    network: config_lib.NetworkConfig,
    samples: Sequence[samples_lib.Sample],
) -> str:
    """Returns a module's page, HTML.

    Args:
      page: its documentation page, Markdown.
      manifest: as of `manifest.content`.
      network: the network in it.
      samples: images and their classification, or none.

    Raises:
      errors.DependencyError: if Jinja or Markdown is missing.
    """
    card = card_lib.parse(page)
    stages = stages_lib.stages(network)
    cost = stages_lib.cost(network)
    return rendering.render(
        _TEMPLATE,
        card=card,
        manifest=manifest,
        facts=list(_facts(card, manifest, network, cost)),
        stages=stages,
        cost=cost,
        drawing=architecture_drawing.draw(stages),
        samples=samples,
        compatibility=compatibility_table.read(),
        version=card.handle.rsplit("/", 1)[1],
        index="../" * card.handle.count("/") + _INDEX,
    )


def _facts(
    card: card_lib.Card,
    manifest: Mapping,
    network: config_lib.NetworkConfig,
    cost: stages_lib.Cost,
) -> Iterator[tuple[str, str]]:
    size = network.image_size
    yield "Task", card.metadata["task"]
    yield "Network", network.name
    yield "Image size", "%d x %d" % (size, size)
    yield "Parameters", "%.1f million" % (cost.parameters / 1e6)
    yield "Multiply-adds", "%.2f billion" % (cost.multiply_adds / 1e9)
    if "dataset" in card.metadata:
        yield "Dataset", card.metadata["dataset"]
    yield "License", card.metadata["license"]
    yield "Archive", "%.1f MB" % (manifest["archive"]["bytes"] / 1e6)
