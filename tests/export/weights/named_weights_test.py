"""Names of published weights: which weights they are, and what those say."""

from __future__ import annotations

import pytest

from efficientnet_hub import errors
from efficientnet_hub.efficientnet import config as config_lib
from efficientnet_hub.efficientnet import preprocessings
from efficientnet_hub.export.weights import catalog, named_weights


@pytest.mark.parametrize("name", catalog.NAMES)
def test_each_name_has_weights(name):
    found = []
    for variant in config_lib.VARIANTS:
        try:
            found.append(named_weights.find(name, variant))
        except errors.InputError:
            continue

    assert found
    for record in found:
        facts = named_weights.facts_of(record)
        network = config_lib.get_config(
            record.variant, preprocessing=facts.preprocessing
        )
        assert network.preprocessing in preprocessings.NAMES


def test_every_variant_has_weights():
    assert {record.variant for record in catalog.PUBLISHED} == set(config_lib.VARIANTS)


def test_advprop_has_its_own_normalization():
    for variant in ("efficientnet-b0", "efficientnet-b8"):
        record = named_weights.find("advprop", variant)
        assert named_weights.facts_of(record).preprocessing == "advprop"
    record = named_weights.find("randaugment", "efficientnet-b8")
    assert named_weights.facts_of(record).preprocessing == "imagenet"


def test_the_size_of_l2_is_that_of_its_weights():
    sizes = [
        named_weights.facts_of(named_weights.find(name, "efficientnet-l2")).image_size
        for name in ("noisy-student", "noisy-student-475")
    ]

    assert sizes == [800, 475]
    record = named_weights.find("noisy-student", "efficientnet-b0")
    assert named_weights.facts_of(record).image_size is None  # That of the variant.


@pytest.mark.parametrize(
    ("name", "variant", "variants", "names"),
    [
        (
            "randaugment",
            "efficientnet-b0",
            "efficientnet-b5, efficientnet-b7, efficientnet-b8",
            "it is in --weights=imagenet, --weights=baseline, --weights=autoaugment, "
            "--weights=advprop, --weights=noisy-student",
        ),
        (
            "imagenet",
            "efficientnet-lite3",
            "efficientnet-b0, .*, efficientnet-lite2",
            "it is in --weights=lite$",
        ),
        (
            "noisy-student-475",
            "efficientnet-b0",
            "efficientnet-l2",
            "it is in --weights=imagenet",
        ),
        (
            "advprop",
            "my-network",
            "efficientnet-b0, .*, efficientnet-b8",
            "give the path or the address of a checkpoint",
        ),
    ],
)
def test_an_unknown_combination_lists_the_others(name, variant, variants, names):
    with pytest.raises(
        errors.InputError,
        match=f"'{name}' must be of one of {variants}, found {variant}: {names}",
    ):
        named_weights.find(name, variant)
