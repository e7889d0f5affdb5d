"""Tests the evaluation of modules: its result, what it refuses, and its folder."""

from __future__ import annotations

import json
import os
import pathlib
import shutil
import signal

import numpy as np
import pytest
import tensorflow.compat.v1 as tf
import tensorflow_hub as hub
from PIL import Image

from efficientnet_hub import errors
from efficientnet_hub.export import (
    classifier,
    evaluation_folder,
    module_evaluation,
    runner,
)
from efficientnet_hub.photographs import decoding
from efficientnet_hub.tests.export import attaching

_CLASSES = 10
_IMAGES = 12


@pytest.fixture(scope="session")
def _images(tmp_path_factory) -> pathlib.Path:
    """Images of three of ten classes, the folders of which have their indices."""
    folder = tmp_path_factory.mktemp("images")
    generator = np.random.RandomState(0)
    for number in range(_IMAGES):
        path = folder / str((0, 3, 7)[number % 3]) / f"{number}.png"
        path.parent.mkdir(exist_ok=True)
        pixels = generator.randint(0, 256, [3, 4, 3]).astype(np.uint8)
        Image.fromarray(pixels).resize((50, 40)).save(str(path))
    return folder


@pytest.fixture
def images(_images, tmp_path) -> pathlib.Path:
    """A copy of the images that a test may change."""
    return pathlib.Path(shutil.copytree(str(_images), str(tmp_path / "images")))


def _evaluate(module, images, **options):
    path = module if isinstance(module, str) else module.directory
    return module_evaluation.evaluate_module(path, str(images), **options)


def _refusal(*args, **options) -> str:
    with pytest.raises(errors.InputError) as caught:
        _evaluate(*args, **options)
    return str(caught.value)


def _list_images(images) -> list[pathlib.Path]:
    return sorted(images.rglob("*.png"))


# The result.


def test_the_accuracy_is_that_of_the_modules_logits(module, images):
    paths = _list_images(images)
    pixels = [
        np.asarray(Image.open(str(path)).resize((32, 32), Image.BICUBIC), np.float32)
        for path in paths
    ]
    labels = np.array([int(path.parent.name) for path in paths])
    loaded = runner.open_module(module.directory)
    inputs = {"images": np.stack(pixels) / np.float32(255)}
    logits = loaded.run("default", inputs)["default"].astype(np.float64)
    order = np.argsort(-logits, 1)

    found = _evaluate(module, images).metrics

    assert found.images == _IMAGES
    assert found.top_1.value == np.mean(order[:, 0] == labels)
    assert found.top_5.value == np.mean((order[:, :5] == labels[:, None]).any(1))
    probabilities = np.exp(logits) / np.exp(logits).sum(1, keepdims=True)
    losses = -np.log(probabilities[np.arange(_IMAGES), labels])
    assert found.cross_entropy == pytest.approx(losses.mean(), rel=1e-5)


@pytest.mark.parametrize("batch", [1, 5, 100])
def test_the_size_of_a_batch_has_no_effect(batch, module, images):
    one, other = (_evaluate(module, images, batch=each) for each in (batch, None))

    assert one.metrics.confusion_matrix == other.metrics.confusion_matrix
    assert one.metrics.cross_entropy == pytest.approx(other.metrics.cross_entropy)


@pytest.mark.parametrize(
    "options", [{"resize": "publisher"}, {"resize": "center-crop"}, {"image_size": 64}]
)
def test_the_module_sees_what_the_options_say(options, module, images):
    usual, other = _evaluate(module, images), _evaluate(module, images, **options)

    assert other.metrics.cross_entropy != usual.metrics.cross_entropy
    assert other.preprocessing != usual.preprocessing


def test_an_archive_has_the_result_of_its_directory(module, images):
    found = _evaluate(module.archive, images)

    expected = _evaluate(module, images).to_json()
    expected["module"]["path"] = module.archive
    assert found.to_json() == expected


def test_folders_have_the_names_of_the_modules_classes(module, images, tmp_path):
    names = [f"Class {index}" for index in range(_CLASSES)]
    named = attaching.copy(module.directory, f"{tmp_path}/m", "class_names", names)
    for folder in list(images.iterdir()):
        folder.rename(images / f"class_{folder.name}")

    found = _evaluate(named, images)

    assert list(found.assignment.indices) == [0, 3, 7]
    assert found.to_json()["classes"][0]["name"] == "Class 0"
    assert found.to_json()["classes"][0]["folder"] == "class_0"


def test_an_image_in_two_places_counts_twice(module, images):
    first = _list_images(images)[0]
    shutil.copy(str(first), str(first.parent / "copy.png"))

    assert _evaluate(module, images).metrics.images == _IMAGES + 1


def test_one_image_is_enough(module, tmp_path):
    (tmp_path / "images" / "4").mkdir(parents=True)
    Image.new("RGB", (9, 9)).save(str(tmp_path / "images" / "4" / "a.png"))

    found = _evaluate(module, tmp_path / "images").metrics

    assert found.images == 1
    assert found.top_1.value in (0, 1)


def test_empty_folders_are_noted(module, images):
    for name in ("1", "2"):
        (images / name).mkdir()

    found = _evaluate(module, images)

    assert found.metrics.images == _IMAGES
    assert found.list_notes() == [
        "folders without images that were evaluated: 2 ('1', '2')"
    ]


# Modules and folders that cannot be evaluated.


def test_a_folder_without_images_is_refused(module, tmp_path):
    (tmp_path / "images" / "1").mkdir(parents=True)

    assert "found none" in _refusal(module, tmp_path / "images")


def write_module(folder: pathlib.Path, compute, size=8) -> str:
    """Writes a module of another publisher for images of a fixed size."""

    def module_fn():
        images = tf.placeholder(tf.float32, [None, size, size, 3])
        bias = tf.get_variable("bias", [3], initializer=tf.zeros_initializer())
        logits = compute(tf.reduce_mean(images, [1, 2]) + bias)
        for name in ("image_classification", None):
            hub.add_signature(name, {"images": images}, {"default": logits})

    with tf.Graph().as_default(), tf.Session() as session:
        module = hub.Module(hub.create_module_spec(module_fn))
        session.run(tf.global_variables_initializer())
        module.export(str(folder), session)
    return str(folder)


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
    module = write_module(tmp_path / "module", lambda means: means)
    images = _write_colors(tmp_path / "images", ["a blue", "b red", "c green"])
    labels = tmp_path / "labels.txt"
    labels.write_text("a blue -> 0\nb red -> 1\nc green -> 2\n")

    for options in ({}, {"labels": str(labels)}):
        found = _evaluate(module, images, **options).metrics
        assert (found.top_1.value, found.top_5) == (1.0, None)
        assert [each.recall.value for each in found.classes] == [1.0] * 3


def test_a_background_class_is_found(tmp_path):
    def add_background(means):
        return tf.concat([tf.zeros_like(means[:, :1]), means], 1)

    module = write_module(tmp_path / "module", add_background)
    images = _write_colors(tmp_path / "images", ["0", "1", "2"])

    (note,) = _evaluate(module, images).list_notes()

    assert note == (
        "the accuracy is 1.0000 instead of 0.0000 if the index of each class is +1: "
        "does class 0 of the module mean the background?"
    )


def test_another_size_than_the_modules_only_one_is_refused(tmp_path):
    module = write_module(tmp_path / "module", lambda means: means)
    images = _write_colors(tmp_path / "images", ["0", "1"])

    message = _refusal(module, images, image_size=16)

    assert "8 x 8, which accepts no other, found 16" in message


def test_a_batch_that_does_not_fit_into_memory_is_refused(module, images):
    message = _refusal(module, images, batch=10**6)

    assert "found 1000000 images of 32 x 32: use smaller batches" in message


def test_logits_that_are_no_numbers_are_refused(tmp_path):
    module = write_module(tmp_path / "module", lambda means: means / 0.0 * 0.0)
    images = _write_colors(tmp_path / "images", ["0", "1"])

    message = _refusal(module, images)

    assert "must return finite logits, found NaN or infinity for" in message
    assert "0.png'" in message


# Damaged images.


@pytest.fixture
def damaged(images) -> list[str]:
    """The paths of two damaged images, in the order of the evaluation."""
    paths = [_list_images(images)[index] for index in (1, 9)]
    paths[0].write_bytes(paths[0].read_bytes()[:50])
    paths[1].write_bytes(b"")
    return list(map(str, paths))


def test_all_damaged_images_are_listed(module, images, damaged):
    with pytest.raises(errors.InputError) as caught:
        _evaluate(module, images, batch=2)

    messages = errors.list_messages(caught.value)
    assert [path for path in damaged for each in messages if path in each] == damaged
    assert len(messages) == 2


def test_damaged_images_can_be_left_out(module, images, damaged):
    found = _evaluate(module, images, skip_damaged=True)

    assert found.metrics.images == _IMAGES - 2
    assert [path for path, _ in found.images.skipped] == damaged


# The folder.


def test_the_folder_has_the_report_and_the_matrix(module, images, tmp_path):
    output = tmp_path / "measured" / "here"

    found = _evaluate(module, images, output=str(output))

    document = json.loads((output / "report.json").read_text("utf-8"))
    assert document == found.to_json()
    with Image.open(str(output / "confusions.png")) as matrix:
        assert min(matrix.size) > 200
    assert sum(count for _, _, count in document["confusion_matrix"]) == _IMAGES


def test_the_same_command_computes_nothing_again(module, images, tmp_path, monkeypatch):
    output = str(tmp_path / "measured")
    found = _evaluate(module, images, output=output)

    def refuse(*_):
        raise AssertionError

    monkeypatch.setattr(classifier.Classifier, "compute_logits", refuse)
    assert _evaluate(module, images, output=output).to_json() == found.to_json()


def test_only_new_images_are_computed(module, images, tmp_path, monkeypatch):
    output = str(tmp_path / "measured")
    _evaluate(module, images, output=output)
    Image.new("RGB", (9, 9), (1, 2, 3)).save(str(images / "3" / "new.png"))
    read = []
    real = decoding.decode

    def decode(content, path):
        read.append(path)
        return real(content, path)

    monkeypatch.setattr(decoding, "decode", decode)

    assert _evaluate(module, images, output=output).metrics.images == _IMAGES + 1
    assert read == [str(images / "3" / "new.png")]


def test_another_evaluation_in_the_folder_is_refused(module, images, tmp_path):
    output = str(tmp_path / "measured")
    _evaluate(module, images, output=output)

    message = _refusal(module, images, output=output, resize="publisher")

    assert 'resize was "squash", now "publisher"' in message


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("images/3/measured", "must lie apart from the images"),
        ("notes", "found other files in it ('notes.txt')"),
        ("notes/notes.txt", "found a file: give another --output"),
    ],
)
def test_a_folder_of_something_else_is_refused(name, expected, module, images):
    notes = images.parent / "notes" / "notes.txt"
    notes.parent.mkdir()
    notes.write_text("important")

    message = _refusal(module, images, output=str(images.parent / name))

    assert expected in message
    assert notes.read_text() == "important"


def test_a_folder_in_the_module_is_refused(module, images, tmp_path):
    copy = shutil.copytree(module.directory, str(tmp_path / "module"))

    message = _refusal(copy, images, output=f"{copy}/measured")

    assert "must lie apart from the module" in message


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_cannot_be_written_is_refused(module, images, tmp_path):
    (tmp_path / "locked").mkdir(mode=0o500)

    message = _refusal(module, images, output=str(tmp_path / "locked" / "new"))

    assert "nothing can be created in" in message


def test_nothing_can_be_written_to_proc(module, images):
    assert "nothing can be created in" in _refusal(module, images, output="/proc/new")


def test_a_folder_in_use_is_refused(module, images, tmp_path):
    output = str(tmp_path / "measured")

    with evaluation_folder.hold(output):
        assert "of one evaluation at a time" in _refusal(module, images, output=output)


def test_a_refused_evaluation_leaves_no_folder(module, images, tmp_path):
    (images / "rose").mkdir()

    _refusal(module, images, output=str(tmp_path / "measured"))

    assert sorted(os.listdir(str(tmp_path))) == ["images"]


_KILLED = """if True:
    import os, signal, sys
    from efficientnet_hub.evaluation import partial_results
    from efficientnet_hub.export import classifier, module_evaluation

    partial_results._SECONDS_BETWEEN_FILES = 0.0
    compute, batches = classifier.Classifier.compute_logits, []

    def compute_or_die(self, images):
        batches.append(images)
        if len(batches) == 3:
            os.kill(os.getpid(), signal.SIGKILL)
        return compute(self, images)

    classifier.Classifier.compute_logits = compute_or_die
    module_evaluation.evaluate_module(*sys.argv[1:3], output=sys.argv[3], batch=4)
    """


def test_an_interrupted_evaluation_is_continued(module, images, tmp_path, monkeypatch):
    output = str(tmp_path / "measured")
    computed = []
    compute_logits = classifier.Classifier.compute_logits

    def compute_or_end(self, pixels):
        if len(computed) == 8:
            computed.append(None)
            raise KeyboardInterrupt
        computed.extend(pixels)
        return compute_logits(self, pixels)

    monkeypatch.setattr(classifier.Classifier, "compute_logits", compute_or_end)
    with pytest.raises(KeyboardInterrupt):
        _evaluate(module, images, output=output, batch=4)

    found = _evaluate(module, images, output=output, batch=4)

    assert found.metrics.images == _IMAGES
    assert len(computed) == _IMAGES + 1


@pytest.mark.slow
def test_a_killed_evaluation_is_continued(
    module, images, tmp_path, start_python, monkeypatch
):
    output = str(tmp_path / "measured")
    process = start_python(_KILLED, module.directory, images, output)
    process.communicate()
    assert process.returncode == -signal.SIGKILL
    computed = []
    compute_logits = classifier.Classifier.compute_logits

    def count(self, pixels):
        computed.extend(pixels)
        return compute_logits(self, pixels)

    monkeypatch.setattr(classifier.Classifier, "compute_logits", count)

    found = _evaluate(module, images, output=output, batch=4)

    assert len(computed) == _IMAGES - 8
    expected = _evaluate(module, images, batch=4).to_json()
    assert found.to_json() == expected
