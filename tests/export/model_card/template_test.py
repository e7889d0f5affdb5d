"""The card describes the module and its weights, and claims nothing unmeasured."""

from __future__ import annotations

import dataclasses
import re

import markdown
import numpy as np
import pytest

from efficientnet_hub.builder import module_config, tasks
from efficientnet_hub.efficientnet import config as config_lib
from efficientnet_hub.export.model_card import card as card_lib
from efficientnet_hub.export.model_card import template
from efficientnet_hub.export.weights import random_init, source
from efficientnet_hub.signatures import provenance

_IMAGENET = "ImageNet (ILSVRC-2012-CLS)"
_FORMAT = template.Format(
    "hub",
    "attached",
    "Use it by `hub.Module`.",
    [card_lib.Section("Signatures", "One.")],
)
_DIGEST = "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db"


def _config(tiny, task: str) -> module_config.ModuleConfig:
    num_classes = tiny.num_classes if task == tasks.CLASSIFICATION else None
    return module_config.module_config(tiny, task, num_classes)


@pytest.fixture(name="build")
def _build(tiny, shapes):
    """Returns a function that builds the card of a module."""

    def _build(
        task=tasks.CLASSIFICATION, archive=None, network=tiny, **weights
    ) -> card_lib.Card:
        config = _config(network, task)
        fields = {field.name for field in dataclasses.fields(provenance.Provenance)}
        origin = {name: weights.pop(name) for name in fields & set(weights)}
        weights = source.Weights(
            {},
            provenance.Provenance(**{"source": "somewhere", **origin}),
            **{"trained": True, **weights},
        )
        return template.build_card(config, weights, shapes, _FORMAT, archive)

    return _build


@pytest.fixture(name="render")
def _render(build):
    """Returns a function that renders the card of a module as Markdown."""

    def _render(*args, **kwargs) -> str:
        return build(*args, **kwargs).to_markdown()

    return _render


def _metadata(card: str) -> dict[str, str]:
    return dict(re.findall("^<!-- ([a-z-]+): (.+) -->$", card, re.MULTILINE))


def test_a_card_has_its_parts(build):
    card = build(archive="1.tar.gz")

    assert card.handle == "efficientnet-hub/efficientnet-b0/classification/1"
    assert card.summary == "Image classification with efficientnet-b0."
    assert card.metadata.asset_path == "1.tar.gz"
    assert [section.title for section in card.sections] == [
        "Overview",
        "Weights",
        "Usage",
        "Input",
        "Signatures",
    ]
    assert card.sections[2].text == "Use it by `hub.Module`."


@pytest.mark.parametrize(
    ("weights", "untrained"),
    [
        ({"trained": True}, False),
        ({"trained": False}, True),
        ({"trained": True, "new_classifier": True}, True),
    ],
)
def test_a_card_says_whether_weights_are_untrained(weights, untrained, build):
    card = build(**weights)

    assert card.untrained == untrained
    assert ("UNTRAINED" in card.summary) == untrained


# Metadata.


def test_metadata_are_those_of_model_pages(render):
    assert _metadata(render(license="Apache-2.0", dataset=_IMAGENET)) == {
        "asset-path": "legacy",
        "task": "image-classification",
        "dataset": "imagenet-ilsvrc-2012-cls",
        "network-architecture": "efficientnet-b0",
        "fine-tunable": "true",
        "format": "hub",
        "license": "apache-2.0",
    }


def test_unknown_facts_are_not_in_the_metadata(render):
    metadata = _metadata(render())

    assert "dataset" not in metadata
    assert metadata["license"] == "custom"


def test_the_metadata_name_the_archive(render):
    assert _metadata(render(archive="b0.tar.gz"))["asset-path"] == "b0.tar.gz"


def test_the_metadata_name_the_task(render):
    metadata = _metadata(render(tasks.FEATURE_VECTOR))

    assert metadata["task"] == "image-feature-vector"


@pytest.mark.parametrize("name", ["efficientnet-lite0", "efficientnet-b8"])
def test_an_architecture_outside_the_vocabulary_has_the_familys_name(
    name, render, tiny
):
    card = render(network=config_lib.get_config(tiny, name=name))

    assert _metadata(card)["network-architecture"] == "efficientnet"


# Weights.


def test_the_card_warns_of_random_weights(render, tiny, shapes):
    network = config_lib.get_config(tiny, seed=4)
    weights = random_init.RandomSource().read(network, shapes, False)

    card = render(**dataclasses.asdict(weights.provenance), trained=False)

    assert card.splitlines()[2].endswith("UNTRAINED: random initial weights.")
    assert "**Untrained.** The module contains the initial values of seed 4." in card


def test_the_card_does_not_warn_of_trained_weights(render):
    assert "untrained" not in render().lower()


def test_the_card_has_the_digests_of_the_weights(render):
    card = render(source="TensorFlow checkpoint model.ckpt", files={"a.index": _DIGEST})

    assert "From: TensorFlow checkpoint model.ckpt." in card
    assert f"`a.index`, SHA-256 `{_DIGEST}`" in card


def test_the_card_names_the_license_or_says_that_it_is_unknown(render):
    assert "Apache-2.0, see their LICENSE file" in render(license="Apache-2.0")
    assert "license of the weights is not known" in render()


def test_the_license_of_original_weights_is_not_that_of_the_module(render):
    card = render(license="Apache-2.0", descended=True)

    assert "License of the weights that it started from: Apache-2.0, see" in card
    assert _metadata(card)["license"] == "custom"


def test_the_publishers_accuracy_is_cited_for_the_publishers_weights(render):
    card = render(dataset=_IMAGENET, published_top1=77.1)

    assert "as published for these weights" in card and "77.1 %" in card
    assert "not measured again" in " ".join(card.split())


@pytest.mark.parametrize(
    "weights",
    [
        {"trained": False},
        {},
        {"dataset": _IMAGENET, "license": "Apache-2.0"},
    ],
    ids=["random", "a user's", "a package's"],
)
def test_no_accuracy_is_claimed_for_other_weights(weights, render):
    card = render(**weights)

    assert "%" not in card
    assert "accuracy" not in card.lower()


# Inputs and outputs.


@pytest.mark.parametrize(
    ("preprocessing", "expected"),
    [
        ("imagenet", "(imagenet): `(x - m) / s` with ImageNet's mean m = (0.485, "),
        ("advprop", "(advprop): `2 x - 1`"),
        ("lite", "(lite): `(255 x - 127) / 128`"),
    ],
)
def test_the_card_describes_the_normalization_of_images(
    preprocessing, expected, render, tiny
):
    card = render(network=config_lib.get_config(tiny, preprocessing=preprocessing))

    assert expected in card
    assert "RGB values in [0, 1]" in card


def test_the_card_has_the_image_size(render, tiny):
    card = render(network=config_lib.get_config(tiny, image_size=475))

    assert "475 x 475 pixels" in card


def test_parameters_are_counted(render, tiny, shapes):
    sizes = {name: int(np.prod(shape)) for name, shape in shapes.items()}
    moving = sum(size for name, size in sizes.items() if "/moving_" in name)
    trainable = sum(sizes.values()) - moving

    assert f"{trainable:,} trainable, {moving:,} in moving averages" in render()


def test_a_feature_vector_module_has_no_classes(render):
    card = render(tasks.FEATURE_VECTOR)

    assert "*   No classifier." in card


def test_the_card_counts_classes_without_names(render):
    assert "*   Classes: 10, without names." in render()


def test_the_card_names_the_first_and_the_last_class(export, tmp_path):
    (tmp_path / "labels.txt").write_text("cat\ndog\nowl\n")

    exported = export(labels=str(tmp_path / "labels.txt"))

    with open(exported.card) as file:
        assert "*   Classes: 3, from 'cat' to 'owl' (attached" in file.read()


# The format.


def test_the_parts_of_the_format_have_their_places(render):
    card = render()

    assert "## Usage\n\nUse it by `hub.Module`.\n\n## Input\n" in card
    assert card.endswith("\n\n## Signatures\n\nOne.\n")


@pytest.mark.parametrize(
    "evil",
    [
        "<script>alert(1)</script>",
        "a\n# Heading\n\n| a |\n| --- |",
        "[a](javascript:alert(1))",
        "--> <b>",
        "`tick` \x1b[31m\u202e",
    ],
)
def test_text_of_others_is_no_markup(evil, build, tiny, shapes):
    card = build(archive=evil, source=evil, license=evil, files={evil: _DIGEST})
    config = dataclasses.replace(_config(tiny, "classification"), class_names=[evil])
    weights = source.Weights({}, provenance.Provenance(evil), trained=True)
    named = template.build_card(config, weights, shapes, _FORMAT, None)
    harmless = build(archive="a", source="a", files={"a": _DIGEST}).to_markdown()

    for page in (card.to_markdown(), named.to_markdown()):
        assert page.count("\n#") == harmless.count("\n#")
        assert page.count("\n|") == harmless.count("\n|")
        assert not set(page) & set("\x1b\u202e")
        assert _list_elements(page) == _list_elements(harmless)


def _list_elements(page: str) -> set[str]:
    html = markdown.markdown(page, extensions=["tables", "fenced_code"])
    return set(re.findall(r"<(\w+)", html))
