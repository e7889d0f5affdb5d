"""A card's parts are those that were written."""

from __future__ import annotations

import pytest

from efficientnet_hub.builder import module_config
from efficientnet_hub.export.model_card import template
from efficientnet_hub.export.pages import card
from efficientnet_hub.export.weights import source
from efficientnet_hub.signatures import provenance

_INTERFACE = "## Signatures\n\nOne."


@pytest.fixture(name="parse")
def _parse(tiny, shapes):
    """Returns a function that parses the card of a module of some weights."""

    def _parse(**weights) -> card.Card:
        config = module_config.module_config(
            tiny, module_config.CLASSIFICATION, tiny.num_classes
        )
        written = template.Format("hub", "attached", "Use it.", "## Signatures\n\nOne.")
        given = source.Weights({}, provenance.Provenance("somewhere"), **weights)
        return card.parse(template.render(config, given, shapes, written, "1.tar.gz"))

    return _parse


def test_a_card_has_its_parts(parse):
    parsed = parse(trained=True)

    assert parsed.handle == "efficientnet-hub/efficientnet-b0/classification/1"
    assert parsed.summary == "Image classification with efficientnet-b0."
    assert parsed.metadata["asset-path"] == "1.tar.gz"
    assert parsed.sections["Usage"] == "Use it."
    assert parsed.sections["Signatures"] == "One."


@pytest.mark.parametrize(
    ("weights", "untrained"),
    [
        ({"trained": True}, False),
        ({"trained": False}, True),
        ({"trained": True, "new_classifier": True}, True),
    ],
)
def test_it_is_known_whether_it_was_trained(weights, untrained, parse):
    assert parse(**weights).untrained == untrained


def test_sections_keep_their_order():
    head, sections = card.split("one\n\n## B\n\ntwo\n\n## A\n\n### three\n")

    assert head.strip() == "one"
    assert list(sections.items()) == [("B", "two"), ("A", "### three")]
