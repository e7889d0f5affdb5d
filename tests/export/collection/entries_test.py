"""What a list of modules may contain, and how mistakes in it are reported."""

from __future__ import annotations

import dataclasses
import json
import os
import pathlib

import pytest

from efficientnet_hub import errors
from efficientnet_hub.export.collection import entries

_PNG = b"\x89PNG\r\n\x1a\n"
_GOOD = """\
defaults:
  weights: random
  seed: 3
modules:
  - handle: me/lite0/classification
    model: efficientnet-lite0
  - handle: me/lite0/feature-vector
    model: efficientnet-lite0
    task: feature-vector
    version: 2
    seed: 4
"""


@pytest.fixture(name="read")
def _read(tmp_path):
    def read(text: str) -> list[entries.Entry]:
        path = tmp_path / "modules.yaml"
        path.write_text(text)
        return entries.read(str(path))

    return read


def test_a_module_has_its_own_fields_and_the_common_ones(read):
    first, second = read(_GOOD)

    assert first.versioned_handle == "me/lite0/classification/1"
    options = first.options
    assert (options.weights, options.seed) == ("random", 3)
    assert options.task == "classification"
    assert second.versioned_handle == "me/lite0/feature-vector/2"
    assert (second.options.weights, second.options.seed) == ("random", 4)
    assert second.config().network.num_classes is None
    assert second.config().handle == "me/lite0/feature-vector/2"


def test_every_option_is_a_field(read, tmp_path):
    (tmp_path / "labels.txt").write_text("cat\ndog\n")
    values = {
        "model": "efficientnet-lite0",
        "weights": "imagenet",
        "task": "classification",
        "num_classes": 2,
        "labels": "labels.txt",
        "image_size": 64,
        "preprocessing": "lite",
        "seed": 5,
        "moving_averages": "never",
        "recompute": "none",
        "source_model": "efficientnet_pytorch/efficientnet-lite0",
        "new_classifier": True,
    }

    (entry,) = read(json.dumps({"modules": [dict(values, handle="me/lite0")]}))

    values["labels"] = str(tmp_path / "labels.txt")
    assert dataclasses.asdict(entry.options) == values
    # As `jobs` passes it to a worker.
    sent = json.loads(json.dumps(dataclasses.asdict(entry)))
    assert entries.from_json(sent).options == entry.options


def test_paths_are_relative_to_the_list(read, tmp_path, monkeypatch):
    (tmp_path / "labels.txt").write_text("cat\ndog\n")
    for name in ("ckpt.index", "ckpt.data-00000-of-00001", "other.index"):
        (tmp_path / name).write_text(name)
    monkeypatch.chdir(os.sep)

    (entry,) = read(
        "modules: [{handle: a/b, model: efficientnet-b0, weights: ckpt, "
        "labels: labels.txt}]"
    )

    assert entry.config().class_names == ["cat", "dog"]
    assert entry.files() == {
        "weights/ckpt.data-00000-of-00001": str(tmp_path / "ckpt.data-00000-of-00001"),
        "weights/ckpt.index": str(tmp_path / "ckpt.index"),
        "labels/labels.txt": str(tmp_path / "labels.txt"),
    }


@pytest.mark.parametrize("ending", ["", ".index", ".meta", ".data-00000-of-00001"])
def test_each_name_of_a_checkpoint_stands_for_its_values(ending, read, tmp_path):
    values = {"ckpt.index", "ckpt.data-00000-of-00001"}
    for name in values | {"ckpt.meta"}:
        (tmp_path / name).write_text(name)

    (entry,) = read(
        f"modules: [{{handle: a/b, model: efficientnet-b0, weights: ckpt{ending}}}]"
    )

    assert entry.files() == {f"weights/{name}": str(tmp_path / name) for name in values}


def test_samples_are_files_of_a_classification_module(read, tmp_path):
    (tmp_path / "photographs").mkdir()
    for name in ("b.png", "a.png"):
        (tmp_path / "photographs" / name).write_bytes(_PNG)
    first, second = read(
        _GOOD.replace("seed: 3", "samples: [photographs/b.png, photographs/a.png]")
    )

    shown = [str(tmp_path / "photographs" / name) for name in ("a.png", "b.png")]
    assert list(first.samples_to_show) == shown
    assert first.files() == dict(zip(["samples/a.png", "samples/b.png"], shown))
    assert list(second.samples_to_show) == [] and second.files() == {}


def test_other_weights_replace_those_of_all_modules(tmp_path, monkeypatch):
    (tmp_path / "modules.yaml").write_text(_GOOD)
    (tmp_path / "w.pth").write_text("weights")
    monkeypatch.chdir(tmp_path)

    for weights, found in (
        ("imagenet", "imagenet"),
        ("w.pth", str(tmp_path / "w.pth")),
        ("gs://a/b.pth", "gs://a/b.pth"),
    ):
        read = entries.read("modules.yaml", weights)
        assert [entry.options.weights for entry in read] == [found] * 2
    with pytest.raises(errors.InputError, match="one of the endings .* found 'https"):
        entries.read("modules.yaml", "gs://a/b")


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            "efficientnet-lite0\n  -",
            "b9\n  -",
            ":6: model must be one of .* found 'b9'",
        ),
        ("seed: 4", "seed: four", ":11: seed must be an integer, found 'four'"),
        ("seed: 4", "seed: true", ":11: seed must be an integer, found True"),
        ("seed: 4", "image_size: 0", r":7: image_size must be .* found 0"),
        ("seed: 4", "sead: 4", ":11: a module must have no other fields .* 'sead'"),
        (
            "seed: 4",
            "seed: 4\n    seed: 5",
            ":12: each name must be .* found 'seed' twice",
        ),
        (
            "seed: 4",
            "new_classifier: true",
            ":7: new_classifier must be for a module with a classifier",
        ),
        (
            "weights: random",
            "weights: noisy-student",
            ":5: weights 'noisy-student' must be of one of .* found efficientnet-lite0",
        ),
        (
            "weights: random",
            "weights: http://a/b.pth",
            ":5: weights must be the address .* the scheme 'http' in 'http://a/b.pth'",
        ),
        ("seed: 4", "labels: none.txt", ":7: a feature-vector module has no classes"),
        ("version: 2", "version: 0", ":10: version must be .* at least 1, found 0"),
        ("me/lite0/f", "lite0", ":7: handle must be a publisher and a name"),
        ("me/lite0/feature-vector", "me/b/1", ":7: handle must be .* found 'me/b/1'"),
        ("me/lite0/feature-vector", "../b", ":7: handle must be a publisher and"),
        ("me/lite0/feature-vector", "Me/b", ":7: handle must be a publisher and"),
        ("  weights: random\n", "", ":4: a module must have the field 'weights'"),
        ("seed: 3", "samples: a.png", ":3: samples must be a list of paths"),
        ("seed: 3", "samples: [3]", ":3: samples must be a list of paths"),
        (
            "seed: 3",
            "samples: [a.png, b/a.png]",
            ":3: samples must .* no two with the same",
        ),
        ("seed: 3", "samples: [a.png]", ":5: '.*a.png' cannot be read: No such file"),
        ("seed: 3", "samples: [modules.yaml]", ":5: .* must be a JPEG or PNG file"),
        (
            "random",
            "no/where",
            ":5: weights must be .* no checkpoint at '.*no/where'",
        ),
        ("defaults", "default", ":1: the file must have no other sections .*'default'"),
        ("  seed: 3", "   seed: 3", ":3: must be YAML, found an error: "),
        (_GOOD, "", ":1: the file must have the section .*found nothing"),
        (_GOOD, "a text", ":1: the file must have the section .*found text: is it"),
        (_GOOD, "- a", ":1: the file must have the section .*found a list: is it"),
        (_GOOD, "\x07", ":1: must be YAML, found an error: the character"),
        (_GOOD, "defaults: {}", " must have a list 'modules', found none"),
    ],
)
def test_a_mistake_is_reported_with_line_and_field(read, old, new, message):
    assert old in _GOOD

    with pytest.raises(errors.InputError, match="modules.yaml" + message):
        read(_GOOD.replace(old, new, 1))


def test_two_modules_cannot_have_the_same_version(read):
    text = _GOOD.replace("me/lite0/feature-vector", "me/lite0/classification")

    assert len(read(text)) == 2
    with pytest.raises(errors.InputError, match=":7: handle and version .*:5 too"):
        read(text.replace("version: 2", "version: 1"))


def test_an_empty_list_is_refused(read):
    with pytest.raises(errors.InputError, match=":1: modules must be a list"):
        read("modules: []")


@pytest.mark.parametrize(
    ("name", "reason"),
    [("modules.yaml", "No such file or directory"), ("", "Is a directory")],
)
def test_a_missing_list_is_refused(name, reason, tmp_path):
    with pytest.raises(errors.InputError) as caught:
        entries.read(str(tmp_path / name))

    assert str(caught.value).endswith(
        f"must be a YAML file, found an error when reading it: {reason}"
    )


def test_the_address_of_a_list_is_refused():
    with pytest.raises(errors.InputError, match="found an address: download it first"):
        entries.read("https://example.org/modules.yaml")


@pytest.mark.parametrize(("name", "count"), [("efficientnet", 16), ("lite", 10)])
def test_the_lists_of_this_repository_are_valid(name, count):
    # Resolved: under Bazel this file is a link, and only the real tree has the lists.
    root = pathlib.Path(__file__).resolve().parents[3]
    read = entries.read(str(root / "modules" / (name + ".yaml")))

    assert len({entry.versioned_handle for entry in read}) == count
    for entry in read:
        assert entry.handle.split("/")[1] in entry.options.model
        assert entry.handle.endswith("/" + entry.options.task)
