"""Tests `classify`: its flags, what it prints, and what it refuses."""

from __future__ import annotations

import json

import pytest

from efficientnet_hub.export import classification
from efficientnet_hub.export.commands import main
from efficientnet_hub.tests.export.commands import program


def test_photographs_are_classified_in_json(lite0, photographs):
    paths = [photograph.path for photograph in photographs]

    results = json.loads(program.output("classify", lite0.directory, *paths, "--json"))

    assert [result["image"] for result in results] == paths
    for result, photograph in zip(results, photographs):
        assert len(result["predictions"]) == 5
        first = result["predictions"][0]
        assert first == {
            "index": photograph.index,
            "name": photograph.name,
            "probability": pytest.approx(photograph.probability, abs=0.01),
        }


def test_photographs_are_classified_for_people(lite0, photographs):
    path = photographs[1].path

    finished = program.run_here("classify", lite0.archive, path, "--top=2")
    lines = program.check_success(finished).splitlines()

    assert len(lines) == 3
    assert lines[0] == path
    assert lines[1].startswith("  0.7")
    assert lines[1].endswith("  Egyptian cat (285)")


def test_a_text_is_no_photograph(module, tmp_path):
    path = tmp_path / "photograph.jpg"
    path.write_text("a text")

    finished = program.run_here("classify", module.directory, path)

    sentence = program.check_refusal(finished)
    assert f"'{path}' must be a JPEG, PNG, WebP, BMP, TIFF or GIF file" in sentence


def test_a_feature_vector_module_classifies_nothing(
    printed, feature_vector_module, photographs
):
    finished = program.run_here("classify", feature_vector_module, photographs[0].path)

    assert "is it a feature-vector module?" in program.check_refusal(finished)


def test_every_argument_reaches_the_classification(monkeypatch, capsys):
    received = {}

    def classify_images(module, images, top):
        received.update(module=module, images=images, top=top)
        return [("cat.jpg", [classification.Prediction(1, None, 0.5)])]

    monkeypatch.setattr(classification, "classify_images", classify_images)
    samples = {
        "module": "module",
        "images": ["cat.jpg", "dog.jpg"],
        "top": 3,
        "json": True,
    }

    assert main.main(main.parse(program.argv("classify", samples))) == 0

    assert dict(received, json=True) == samples
    assert json.loads(capsys.readouterr().out)[0]["image"] == "cat.jpg"
