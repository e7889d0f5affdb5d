"""Tests `evaluate`: its flags, what it prints, and its exit statuses."""

from __future__ import annotations

import json

import numpy as np
import pytest
from PIL import Image

from efficientnet_hub.evaluation import options
from efficientnet_hub.export.commands import main
from efficientnet_hub.export.evaluation import module_evaluation
from efficientnet_hub.tests.export.commands import program


@pytest.fixture
def images(tmp_path) -> str:
    """Four images of two classes of the module, which has no names."""
    generator = np.random.RandomState(0)
    for name in ("1/a.png", "1/b.png", "8/c.png", "8/d.png"):
        path = tmp_path / "images" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        pixels = generator.randint(0, 256, [32, 32, 3]).astype(np.uint8)
        Image.fromarray(pixels).save(str(path))
    return str(tmp_path / "images")


def _run(module, images, *arguments):
    return program.run_here(
        "evaluate", module.directory, f"--images={images}", *arguments
    )


def test_the_report_is_for_people(module, images):
    lines = program.check_success(_run(module, images)).splitlines()

    assert lines[0] == f"images         4 images of 2 classes, in '{images}'"
    assert lines[1] == "classes        by the numbers that the folders have as names"
    assert lines[2].startswith("read as        the whole image, resized to 32 x 32")
    assert lines[3].startswith("top-1          0.")
    assert [line for line in lines if line.startswith("class 8 ")]


def test_the_report_in_json_has_the_documented_names(module, images):
    document = json.loads(program.check_success(_run(module, images, "--json")))

    assert document["schema"] == 1
    assert document["images"]["count"] == 4
    assert document["preprocessing"]["resize"] == "squash"
    assert set(document["top_1"]) == {"value", "low", "high"}


@pytest.mark.parametrize(("minimum", "status"), [(0, 0), (1, 1)])
def test_a_minimum_is_a_gate(minimum, status, module, images):
    finished = _run(module, images, f"--minimum_top_1={minimum}")

    assert finished.returncode == status
    assert ("must be at least 1.0, found 0." in finished.stderr) == bool(status)


def test_an_accuracy_below_the_minimum_is_not_rounded_to_it(module, images):
    accuracy = json.loads(_run(module, images, "--json").stdout)["top_1"]["value"]
    minimum = round(accuracy + 1e-5, 5)

    finished = _run(module, images, f"--minimum_top_1={minimum}")

    assert finished.returncode == 1
    assert f"at least {minimum}, found {accuracy}" in finished.stderr


def test_damaged_images_are_a_line_each(module, images):
    for name in ("1/e.png", "8/f.png"):
        with open(f"{images}/{name}", "wb") as file:
            file.write(b"\x89PNG\r\n\x1a\nno more")

    refused, done = _run(module, images), _run(module, images, "--skip_damaged")

    assert (refused.returncode, refused.stdout) == (2, "")
    assert len(refused.stderr.splitlines()) == 2
    printed = program.check_success(done)
    assert "left out: 2 files that cannot be read" in printed
    assert f"{images}/1/e.png" in printed


def test_folders_of_no_class_are_refused(module, images, tmp_path):
    (tmp_path / "images" / "rose").mkdir()

    sentence = program.check_refusal(_run(module, images))

    assert "found no names and 3 folders ('1', '8', 'rose')" in sentence


def test_a_feature_vector_module_is_refused(feature_vector_module, images):
    finished = program.run_here("evaluate", feature_vector_module, f"--images={images}")

    assert "is it a feature-vector module?" in program.check_refusal(finished)


@pytest.mark.parametrize(
    ("flag", "expected"),
    [
        ("--image_size=0", "image_size must be from 1 to 4096, found 0"),
        ("--image_size=4097", "image_size must be from 1 to 4096, found 4097"),
        ("--batch=0", "batch must be at least 1, found 0"),
        ("--minimum_top_1=79", "found 79.0: is it a percentage?"),
        ("--minimum_top_1=nan", "minimum_top_1 must be from 0 to 1, found nan"),
    ],
)
def test_numbers_out_of_range_are_refused(flag, expected, module, images):
    assert expected in program.check_refusal(_run(module, images, flag))


def test_every_mistake_is_reported_at_once():
    finished = program.run(
        "evaluate",
        "none",
        "--images=no",
        "--batch=0",
        "--labels=missing",
        "--output=/proc/new",
    )

    assert finished.returncode == 2
    assert len(finished.stderr.splitlines()) == 5


def test_every_argument_reaches_the_evaluation(monkeypatch):
    received = {}

    def evaluate_module(**arguments):
        received.update(arguments)
        raise KeyboardInterrupt

    monkeypatch.setattr(module_evaluation, "evaluate_module", evaluate_module)
    samples = {
        "module": "module",
        "images": "images",
        "labels": "labels.txt",
        "resize": "publisher",
        "image_size": 300,
        "batch": 7,
        "output": "measured",
        "minimum_top_1": 0.75,
        "skip_damaged": True,
        "json": True,
    }

    main.main(main.parse(program.argv("evaluate", samples)))

    assert dict(received, json=True) == samples
    assert set(received) == set(options.NAMES)
