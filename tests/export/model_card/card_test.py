"""A card is rendered in the documentation format of tfhub.dev."""

from __future__ import annotations

import dataclasses

from efficientnet_hub.export.model_card import card as card_lib

_METADATA = card_lib.Metadata(
    asset_path="1.tar.gz",
    task="image-classification",
    dataset="imagenet-ilsvrc-2012-cls",
    network_architecture="efficientnet-b0",
    fine_tunable="true",
    format="hub",
    license="apache-2.0",
)
_CARD = card_lib.Card(
    handle="me/b0/1",
    summary="What it is.",
    untrained=False,
    metadata=_METADATA,
    sections=[
        card_lib.Section("Overview", "One.\n\n*   Two."),
        card_lib.Section("A section", "Three."),
    ],
)


def test_the_page_has_the_parts_in_order():
    assert _CARD.to_markdown() == (
        "# Module me/b0/1\n"
        "\n"
        "What it is.\n"
        "\n"
        "<!-- asset-path: 1.tar.gz -->\n"
        "<!-- task: image-classification -->\n"
        "<!-- dataset: imagenet-ilsvrc-2012-cls -->\n"
        "<!-- network-architecture: efficientnet-b0 -->\n"
        "<!-- fine-tunable: true -->\n"
        "<!-- format: hub -->\n"
        "<!-- license: apache-2.0 -->\n"
        "\n"
        "## Overview\n"
        "\n"
        "One.\n"
        "\n"
        "*   Two.\n"
        "\n"
        "## A section\n"
        "\n"
        "Three.\n"
    )


def test_an_unknown_dataset_is_not_in_the_page():
    metadata = dataclasses.replace(_METADATA, dataset=None)

    page = dataclasses.replace(_CARD, metadata=metadata).to_markdown()

    assert "dataset" not in page
    assert "image-classification -->\n<!-- network-architecture" in page
