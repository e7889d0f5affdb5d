"""Tests the evaluation of modules: its result, and what it refuses."""

from __future__ import annotations

import os
import pathlib
import shutil

import numpy as np
import pytest
import tensorflow.compat.v1 as tf
from PIL import Image

from efficientnet_hub import errors
from efficientnet_hub.export.execution import runner
from efficientnet_hub.tests import cases
from efficientnet_hub.tests.export import attaching
from efficientnet_hub.tests.export.evaluation import evaluations

_CLASSES = 10


# The result.


def test_the_accuracy_is_that_of_the_modules_logits(module, images):
    paths = evaluations.list_images(images)
    pixels = [
        np.asarray(Image.open(str(path)).resize((32, 32), Image.BICUBIC), np.float32)
        for path in paths
    ]
    labels = np.array([int(path.parent.name) for path in paths])
    loaded = runner.open_module(module.directory)
    inputs = {"images": np.stack(pixels) / np.float32(255)}
    logits = loaded.run("default", inputs)["default"].astype(np.float64)
    order = np.argsort(-logits, 1)

    found = evaluations.evaluate(module, images).metrics

    assert found.images == evaluations.IMAGES
    assert found.top_1.value == np.mean(order[:, 0] == labels)
    assert found.top_5.value == np.mean((order[:, :5] == labels[:, None]).any(1))
    probabilities = np.exp(logits) / np.exp(logits).sum(1, keepdims=True)
    losses = -np.log(probabilities[np.arange(evaluations.IMAGES), labels])
    assert found.cross_entropy == pytest.approx(losses.mean(), rel=1e-5)


@pytest.mark.parametrize("batch", cases.slow_after(1, [5, 1, 100]))
def test_the_size_of_a_batch_has_no_effect(batch, module, images):
    one, other = (
        evaluations.evaluate(module, images, batch=each) for each in (batch, None)
    )

    assert one.metrics.confusion_matrix == other.metrics.confusion_matrix
    assert one.metrics.cross_entropy == pytest.approx(other.metrics.cross_entropy)


@pytest.mark.parametrize(
    "options",
    cases.slow_after(
        1, [{"resize": "publisher"}, {"resize": "center-crop"}, {"image_size": 64}]
    ),
)
def test_the_module_sees_what_the_options_say(options, module, images):
    usual, other = (
        evaluations.evaluate(module, images),
        evaluations.evaluate(module, images, **options),
    )

    assert other.metrics.cross_entropy != usual.metrics.cross_entropy
    assert other.preprocessing != usual.preprocessing


def test_an_archive_has_the_result_of_its_directory(module, images):
    found = evaluations.evaluate(module.archive, images)

    expected = evaluations.evaluate(module, images).to_json()
    expected["module"]["path"] = module.archive
    assert found.to_json() == expected


def test_folders_have_the_names_of_the_modules_classes(module, images, tmp_path):
    names = [f"Class {index}" for index in range(_CLASSES)]
    named = attaching.copy(module.directory, f"{tmp_path}/m", "class_names", names)
    for folder in list(images.iterdir()):
        folder.rename(images / f"class_{folder.name}")

    found = evaluations.evaluate(named, images)

    assert list(found.assignment.indices) == [0, 3, 7]
    assert found.to_json()["classes"][0]["name"] == "Class 0"
    assert found.to_json()["classes"][0]["folder"] == "class_0"


def test_an_image_in_two_places_counts_twice(module, images):
    first = evaluations.list_images(images)[0]
    shutil.copy(str(first), str(first.parent / "copy.png"))

    assert evaluations.evaluate(module, images).metrics.images == evaluations.IMAGES + 1


def test_one_image_is_enough(module, tmp_path):
    (tmp_path / "images" / "4").mkdir(parents=True)
    Image.new("RGB", (9, 9)).save(str(tmp_path / "images" / "4" / "a.png"))

    found = evaluations.evaluate(module, tmp_path / "images").metrics

    assert found.images == 1
    assert found.top_1.value in (0, 1)


def test_empty_folders_are_noted(module, images):
    for name in ("1", "2"):
        (images / name).mkdir()

    found = evaluations.evaluate(module, images)

    assert found.metrics.images == evaluations.IMAGES
    assert found.list_notes() == [
        "folders without images that were evaluated: 2 ('1', '2')"
    ]


def test_several_folders_may_be_of_one_class(module, images, tmp_path):
    (images / "8").mkdir()
    labels = tmp_path / "labels.txt"
    labels.write_text("0 -> 3\n3 -> 3\n7 -> 7\n8 -> 3\n")

    found = evaluations.evaluate(module, images, labels=str(labels))

    rows = {row["index"]: row for row in found.to_json()["classes"]}
    assert (rows[3]["folder"], rows[3]["folders"]) == ("0", ["0", "3", "8"])
    assert (rows[7]["folder"], rows[7]["folders"]) == ("7", ["7"])
    assert rows[3]["images"] + rows[7]["images"] == evaluations.IMAGES
    assert found.list_notes() == ["folders without images that were evaluated: 1 ('8')"]


def test_a_path_that_is_not_in_utf_8_is_text_in_json(module, images):
    name = os.fsencode(str(images / "0")) + b"/bad\xff.png"
    shutil.copy(str(evaluations.list_images(images)[0]), name)

    found = evaluations.evaluate(module, images, skip_damaged=True)

    ((path, _),) = found.images.skipped
    (skipped,) = found.to_json()["images"]["skipped"]
    assert os.fsencode(path) == name
    assert skipped["path"].encode("utf-8").endswith(b"/bad\\udcff.png")


# Modules and folders that cannot be evaluated.


def test_a_folder_without_images_is_refused(module, tmp_path):
    (tmp_path / "images" / "1").mkdir(parents=True)

    assert "found none" in evaluations.find_refusal(module, tmp_path / "images")


def _write_colors(folder: pathlib.Path, names) -> pathlib.Path:
    for index, name in enumerate(names):
        (folder / name).mkdir(parents=True)
        for number in range(4):
            color = [30 * number] * 3
            color[index] = 255
            path = folder / name / f"{number}.png"
            Image.new("RGB", (8, 8), tuple(color)).save(str(path))
    return folder


def test_a_module_of_another_publisher_is_evaluated(tmp_path):
    module = evaluations.write_module(tmp_path / "module", lambda means: means)
    images = _write_colors(tmp_path / "images", ["a blue", "b red", "c green"])
    labels = tmp_path / "labels.txt"
    labels.write_text("a blue -> 0\nb red -> 1\nc green -> 2\n")

    for options in ({}, {"labels": str(labels)}):
        found = evaluations.evaluate(module, images, **options).metrics
        assert (found.top_1.value, found.top_5) == (1.0, None)
        assert [each.recall.value for each in found.classes] == [1.0] * 3


def test_a_background_class_is_found(tmp_path):
    def add_background(means):
        return tf.concat([tf.zeros_like(means[:, :1]), means], 1)

    module = evaluations.write_module(tmp_path / "module", add_background)
    images = _write_colors(tmp_path / "images", ["0", "1", "2"])

    (note,) = evaluations.evaluate(module, images).list_notes()

    assert note == (
        "the accuracy is 1.0000 instead of 0.0000 if the index of each class is +1: "
        "does class 0 of the module mean the background?"
    )


def test_another_size_than_the_modules_only_one_is_refused(tmp_path):
    module = evaluations.write_module(tmp_path / "module", lambda means: means)
    images = _write_colors(tmp_path / "images", ["0", "1"])

    message = evaluations.find_refusal(module, images, image_size=16)

    assert "8 x 8, which accepts no other, found 16" in message


def test_a_batch_that_does_not_fit_into_memory_is_refused(module, images):
    message = evaluations.find_refusal(module, images, batch=10**6)

    assert "found 1000000 images of 32 x 32: use smaller batches" in message


def test_logits_that_are_no_numbers_are_refused(tmp_path):
    module = evaluations.write_module(
        tmp_path / "module", lambda means: means / 0.0 * 0.0
    )
    images = _write_colors(tmp_path / "images", ["0", "1"])

    message = evaluations.find_refusal(module, images)

    assert "must return finite numbers, found NaN or infinity for" in message
    assert "0.png'" in message


# Damaged images.


@pytest.fixture
def damaged(images) -> list[str]:
    """The paths of two damaged images, in the order of the evaluation."""
    paths = [evaluations.list_images(images)[index] for index in (1, 9)]
    paths[0].write_bytes(paths[0].read_bytes()[:50])
    paths[1].write_bytes(b"")
    return list(map(str, paths))


def test_all_damaged_images_are_listed(module, images, damaged):
    with pytest.raises(errors.InputError) as caught:
        evaluations.evaluate(module, images, batch=2)

    messages = errors.list_messages(caught.value)
    assert [path for path in damaged for each in messages if path in each] == damaged
    assert len(messages) == 2


@pytest.mark.parametrize("skip_damaged", [True, False])
def test_damaged_images_with_the_same_content_are_each_listed(
    skip_damaged, module, images, damaged
):
    for path in damaged[:]:
        for name in ("copy.png", "again.png"):
            copy = os.path.join(os.path.dirname(path), name)
            damaged.append(shutil.copy(damaged[0], copy))

    if skip_damaged:
        found = evaluations.evaluate(module, images, skip_damaged=True)
        assert [path for path, _ in found.images.skipped] == sorted(damaged)
        assert found.metrics.images == evaluations.IMAGES - 2
    else:
        with pytest.raises(errors.InputError) as caught:
            evaluations.evaluate(module, images)
        messages = errors.list_messages(caught.value)
        assert len(messages) == 6
        assert all(f"'{path}'" in str(messages) for path in damaged)


def test_damaged_images_can_be_left_out(module, images, damaged):
    found = evaluations.evaluate(module, images, skip_damaged=True)

    assert found.metrics.images == evaluations.IMAGES - 2
    assert [path for path, _ in found.images.skipped] == damaged
