"""Provenance names what weights started from, and survives in the facts of a module."""

from __future__ import annotations

import pytest

from efficientnet_hub.signatures import provenance


def test_descended_weights_name_what_they_started_from():
    weights = provenance.Provenance("a checkpoint", dataset="my photographs")
    start = provenance.Provenance("a file", "MIT", dataset="ImageNet")

    descended = weights.descend_from(start, "fine-tuned from")
    again = weights.descend_from(descended, "fine-tuned from")

    assert descended.source == "a checkpoint, fine-tuned from a file"
    assert (
        again.source
        == "a checkpoint, fine-tuned from a checkpoint, fine-tuned from a file"
    )
    assert again.license == "MIT" and again.dataset == "my photographs"
    assert again.descended and not weights.descended


@pytest.mark.parametrize(
    ("weights", "facts"),
    [
        (provenance.Provenance("a file"), {"weights": "a file"}),
        (
            provenance.Provenance("a file", "MIT"),
            {"weights": "a file", "license": "MIT"},
        ),
        (
            provenance.Provenance("a file, from b", "MIT", descended=True),
            {"weights": "a file, from b", "start_license": "MIT"},
        ),
    ],
    ids=["without license", "license", "license of the start"],
)
def test_facts_hold_source_and_license(weights, facts):
    assert weights.to_facts() == facts
    assert provenance.Provenance.from_facts(facts) == weights
