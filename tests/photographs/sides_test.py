"""The folders of a split of one's own are recognized."""

from __future__ import annotations

import pytest

from efficientnet_hub import errors
from efficientnet_hub.photographs import labeled, sides
from efficientnet_hub.tests.photographs import trees


@pytest.mark.parametrize("name", ["val", "valid", "validation", "Val"])
def test_train_and_val_are_recognized(name, tmp_path):
    folder = trees.write(tmp_path, "train/cat/1.png", f"{name}/cat/2.png")

    found = sides.find(folder, None)

    assert found[:2] == (f"{folder}/train", f"{folder}/{name}")
    assert (
        found.note == f"trains with 'train' and evaluates with '{name}' in '{folder}'"
    )


def test_test_is_said_not_to_be_used(tmp_path):
    folder = trees.write(tmp_path, "train/a/1.png", "val/a/1.png", "test/a/1.png")

    assert sides.find(folder, None).note.endswith(", does not use 'test'")


@pytest.mark.parametrize(
    "names",
    [
        ["cat/1.png", "dog/1.png"],
        ["bus/1.png", "train/1.png"],
        ["train/1.png", "val/1.png"],
        ["train/1.png", "test/1.png"],
    ],
)
def test_classes_are_not_taken_for_sides(names, tmp_path):
    folder = trees.write(tmp_path, *names)

    assert sides.find(folder, None) == (folder, None, None)


def test_a_split_beside_other_folders_is_noted(tmp_path):
    names = ["train/a/1.png", "Val/a/1.png", "notes/1.txt", "more/1.png"]
    folder = trees.write(tmp_path, *names)

    assert sides.find(folder, None) == (
        folder,
        None,
        f"'train', 'Val' are classes, because '{folder}' also has 'more', ...: to "
        "use a split, move the other folders",
    )


@pytest.mark.parametrize(
    ("names", "found"),
    [
        (["train/a/1.png"], "found none"),
        (["train/a/1.png", "test/a/1.png"], "found none"),
        (["train/a/1.png", "val/a/1.png", "valid/a/1.png"], "found 'val', 'valid'"),
    ],
)
def test_train_needs_one_folder_beside_it(names, found, tmp_path):
    folder = trees.write(tmp_path, *names)

    with pytest.raises(errors.InputError, match=found) as caught:
        sides.find(folder, None)
    assert f"use the folder '{folder}/train'" in str(caught.value)


def test_a_folder_to_evaluate_with_can_be_given(tmp_path):
    folder = trees.write(tmp_path, "cat/1.png", "dog/1.png")
    nested = trees.write(tmp_path / "nested", "train/a/1.png", "val/a/1.png")

    assert sides.find(folder, "mine")[:2] == (folder, "mine")
    assert sides.find(nested, "mine")[:2] == (f"{nested}/train", "mine")


def _make(names: list[str], labels: list[int]) -> labeled.Photographs:
    paths = [f"{label}.png" for label in labels]
    return labeled.Photographs(names, paths, labels, paths)


def test_photographs_to_evaluate_with_get_the_labels_of_the_training():
    training = _make(["a", "b", "c"], [0, 1, 2])

    matched = sides.match(_make(["a", "c"], [0, 1, 1]), training, "val")

    assert matched.class_names == ["a", "b", "c"]
    assert matched.labels == [0, 2, 2]


def test_composed_and_decomposed_names_are_the_same_class():
    names = ["\u00c9t\u00e9", "E\u0301te\u0301"]  # 'Été' twice.
    training = _make(["a", names[0]], [0, 1])

    matched = sides.match(_make([names[1]], [0, 0]), training, "val")

    assert matched.class_names == ["a", names[0]]
    assert matched.labels == [1, 1]


def test_an_equal_name_is_preferred():
    names = ["\u00e9", "e\u0301"]  # 'é' twice.

    matched = sides.match(_make(names, [0, 1]), _make(names, [0, 1]), "val")

    assert matched.labels == [0, 1]


def test_a_class_that_is_not_trained_is_refused():
    with pytest.raises(errors.InputError, match=r"\('a', 'b'\), found 'B', 1 in all"):
        sides.match(_make(["B", "a"], [0, 1]), _make(["a", "b"], [0, 1]), "val")
