"""Tests `classify`: its flags, what it prints, and what it refuses."""

from __future__ import annotations

import json
import os
import pathlib
import shutil

import pytest
import tensorflow.compat.v1 as tf
from PIL import Image

from efficientnet_hub.export.classification import module_classification
from efficientnet_hub.export.commands import main
from efficientnet_hub.tests.export.commands import program
from efficientnet_hub.tests.export.evaluation import evaluations


def test_photographs_are_classified_in_json(lite0, photographs):
    paths = [photograph.path for photograph in photographs]

    finished = program.run_here("classify", lite0.directory, *paths, "--json")
    results = json.loads(program.check_success(finished))

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


@pytest.fixture
def images(tmp_path) -> list[str]:
    """The paths of three images in two folders, the second of which is damaged."""
    paths = [tmp_path / name for name in ("a/1.png", "a/2.png", "a/b/3.JPG")]
    (tmp_path / "a" / "b").mkdir(parents=True)
    for path in paths:
        Image.new("RGB", (8, 8), (200, 0, 0)).save(str(path))
    paths[1].write_bytes(paths[1].read_bytes()[:-30])
    (tmp_path / "a" / "notes.txt").write_text("no image")
    (tmp_path / "a" / ".hidden.png").write_text("no image")
    return list(map(str, paths))


@pytest.mark.parametrize("argument", ["a", "a/", "**/*.[pJ][nP]?"])
def test_a_folder_or_a_pattern_names_images(argument, module, images, tmp_path):
    finished = program.run_here(
        "classify", module.directory, f"{tmp_path}/{argument}", "--top=1"
    )

    assert finished.returncode == 2
    shown = finished.stdout.splitlines()[::2]
    assert [str(pathlib.Path(line)) for line in shown] == [images[0], images[2]]
    (sentence,) = finished.stderr.splitlines()
    assert f"'{images[1]}' must be" in sentence


def test_the_list_in_json_has_the_error_of_a_damaged_file(module, images):
    finished = program.run_here("classify", module.directory, *images, "--json")

    assert finished.returncode == 2
    items = json.loads(finished.stdout)
    assert [item["image"] for item in items] == images
    assert ["error" in item for item in items] == [False, True, False]
    assert finished.stdout == json.dumps(items, indent=2) + "\n"


def test_a_path_that_is_not_in_utf_8_is_text_in_json(module, images, tmp_path):
    folder = tmp_path / "folder"
    folder.mkdir()
    shutil.copy(images[0], os.fsencode(str(folder)) + b"/\xff.png")

    finished = program.run_here("classify", module.directory, folder, "--json")

    (item,) = json.loads(finished.stdout)
    assert item["image"] == f"{folder}/\\udcff.png"
    assert "must be a path in UTF-8" in item["error"]


@pytest.mark.parametrize("flags", [[], ["--json"]])
def test_a_module_that_diverged_is_refused(flags, images, tmp_path):
    module = evaluations.write_module(
        tmp_path / "m", lambda means: means / tf.zeros_like(means)
    )

    finished = program.run_here("classify", module, images[0], *flags)

    sentence = program.check_refusal(finished)
    assert f"found NaN or infinity for '{images[0]}'" in sentence


def test_each_argument_without_a_file_is_reported(module, images, tmp_path):
    empty = tmp_path / "empty"
    empty.mkdir()
    missing = [f"{tmp_path}/missing.png", f"{tmp_path}/*.gif"]

    finished = program.run_here(
        "classify", module.directory, str(empty), *missing, images[0]
    )

    assert finished.returncode == 2
    assert finished.stdout.splitlines()[0] == images[0]
    of_empty, *lines = finished.stderr.splitlines()
    assert f"'{empty}' must have images" in of_empty
    assert len(lines) == len(missing)
    for name, line in zip(missing, lines):
        assert f"'{name}' cannot be read" in line


def test_damaged_files_alone_are_refused(module, images):
    finished = program.run_here("classify", module.directory, images[1])

    assert f"'{images[1]}' must be" in program.check_refusal(finished)


@pytest.mark.parametrize(
    ("argument", "expected"),
    [
        ("none", "must have images"),
        ("*.gif", "*.gif' cannot be read"),
        ("missing.png", "cannot be read"),
    ],
)
def test_what_names_no_image_is_refused(argument, expected, module, tmp_path):
    (tmp_path / "none").mkdir()

    finished = program.run_here("classify", module.directory, f"{tmp_path}/{argument}")

    assert expected in program.check_refusal(finished)


def test_a_feature_vector_module_classifies_nothing(
    printed, feature_vector_module, photographs
):
    finished = program.run_here("classify", feature_vector_module, photographs[0].path)

    assert "is it a feature-vector module?" in program.check_refusal(finished)


def test_every_argument_reaches_the_classification(monkeypatch, capsys):
    received = {}

    def classify_readable_images(module, images, top):
        received.update(module=module, images=images, top=top)
        return [("cat.jpg", [module_classification.Prediction(1, None, 0.5)])]

    monkeypatch.setattr(
        module_classification, "classify_readable_images", classify_readable_images
    )
    samples = {
        "module": "module",
        "images": ["cat.jpg", "dog.jpg"],
        "top": 3,
        "json": True,
    }

    assert main.main(main.parse(program.argv("classify", samples))) == 0

    assert dict(received, json=True) == samples
    assert json.loads(capsys.readouterr().out)[0]["image"] == "cat.jpg"
