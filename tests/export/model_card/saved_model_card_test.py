"""The page of a SavedModel lists the attributes of its object, and its usage runs."""

from __future__ import annotations

import re

import pytest
import tensorflow_hub as hub

from efficientnet_hub.builder import module_config, tasks
from efficientnet_hub.export import exporter
from efficientnet_hub.export.model_card import saved_model_card


def test_a_feature_vector_module_has_neither_logits_nor_dropout(tiny):
    config = module_config.module_config(tiny, tasks.FEATURE_VECTOR)

    described = saved_model_card.describe(config)

    (interface,) = described.interface
    assert "`feature_vector` `[batch_size, 16]`" in interface.text
    assert "dropout" not in interface.text
    assert "class_names" not in interface.text
    assert "features = layer(images)" in described.usage


@pytest.fixture(scope="module", name="exported")
def _exported(tiny, tmp_path_factory) -> exporter.ExportedModule:
    folder = tmp_path_factory.mktemp("saved_model")
    return exporter.export_module(
        tiny,
        "random",
        str(folder / "tiny"),
        num_classes=1000,  # ImageNet's, which have names.
        format="savedmodel",
    )


@pytest.fixture(name="card")
def _card(exported) -> str:
    with open(exported.card) as file:
        return file.read()


def test_the_format_is_named(card):
    assert "<!-- format: saved_model_2 -->" in card
    assert "(in `assets/class_names.txt`)" in card


def test_the_object_has_the_listed_attributes(card, exported):
    loaded = hub.load(exported.directory)
    rows = re.findall(r"^\| (`.+) \| .+ \|$", card, re.M)
    listed = [name for row in rows for name in re.findall(r"`(\w+)", row.split("|")[0])]

    assert len(listed) == 7
    assert [name for name in listed if not hasattr(loaded, name)] == []


def test_the_usage_runs(card, exported):
    usage, fine_tuning = re.findall("```python\n(.*?)```", card, re.DOTALL)
    usage = usage.replace("...", "tf.zeros([2, 32, 32, 3])", 1)

    names = {"hub": hub, "tf": __import__("tensorflow")}
    for block in (usage, fine_tuning):
        exec(block.replace("path/to/module", exported.directory), names)

    assert names["logits"].shape == [2, 1000]
    assert names["layer"].trainable_variables
