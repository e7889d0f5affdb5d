"""Tests which class a folder belongs to, and which folders are refused."""

from __future__ import annotations

import pytest

from efficientnet_hub import errors
from efficientnet_hub.evaluation import class_folders, label_files

_ANIMALS = ["cat", "great white shark", "newt"]
_SYNSETS = [f"n{number:08d}" for number in range(1000)]


def _assign(folders, names, labels=None, count=None):
    classes = class_folders.Classes("m", len(names) if count is None else count, names)
    return class_folders.assign(folders, classes, labels)


def _refusal(*args, **options) -> str:
    with pytest.raises(errors.InputError) as caught:
        _assign(*args, **options)
    return str(caught.value)


@pytest.fixture
def labels(tmp_path):
    """Returns a function that reads lines as a file of labels."""

    def read(*lines):
        path = tmp_path / "labels.txt"
        path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
        return label_files.read(str(path))

    return read


# By name.


def test_folders_have_the_names_of_classes():
    found = _assign(["cat", "newt"], _ANIMALS)

    assert list(found.indices) == [0, 2]
    assert found.rule == "by the names of the folders"


@pytest.mark.parametrize(
    "folder", ["Great White Shark", "great_white_shark", "GREAT-WHITE  shark"]
)
def test_case_and_underscores_may_differ_and_that_is_said(folder):
    found = _assign([folder, "newt"], _ANIMALS)

    assert list(found.indices) == [1, 2]
    assert "of 1, the case or the underscores" in found.rule


@pytest.mark.parametrize("swapped", [False, True])
def test_composed_and_decomposed_names_are_the_same(swapped, labels):
    composed, decomposed = "\u00c9t\u00e9", "E\u0301te\u0301"  # 'Été' twice.
    if swapped:
        composed, decomposed = decomposed, composed
    names = ["cat", composed, "dog"]

    by_name = _assign([decomposed], names)
    by_file = _assign([decomposed], names, labels(f"{composed} -> {decomposed}"))
    by_order = _assign([decomposed], None, labels("x", composed), count=2)

    assert by_name.rule == "by the names of the folders"
    for found in (by_name, by_file, by_order):
        assert list(found.indices) == [1]


def test_names_in_two_forms_of_unicode_may_be_two_classes(labels):
    names = ["\u00e9", "e\u0301"]  # 'é' twice.
    lines = labels(f"{names[0]} -> 0", f"{names[1]} -> 1")

    for found in (_assign(names, names), _assign(names, None, lines, count=2)):
        assert list(found.indices) == [0, 1]


def test_folders_in_two_forms_of_unicode_of_one_class_are_refused():
    message = _refusal(["\u00e9", "e\u0301"], ["\u00e9", "cat"])

    assert "(the same characters in two forms of Unicode)" in message


def test_the_exact_name_is_preferred():
    assert list(_assign(["CAT", "cat"], ["cat", "CAT"]).indices) == [1, 0]


def test_a_name_that_two_classes_have_is_refused():
    message = _refusal(["Crane"], ["crane", "newt", "crane"])

    assert "found the classes 0, 2 with such a name" in message


def test_two_folders_of_one_class_are_refused():
    assert "found 'CAT' and 'cat' for 'cat'" in _refusal(["CAT", "cat"], _ANIMALS)


def test_folders_of_another_data_set_are_listed():
    message = _refusal(["cat", "rose", "tulip"], _ANIMALS)

    assert "such as 'cat', 'great white shark', 'newt'" in message
    assert "found 2 of 3 without such a name ('rose', 'tulip')" in message
    assert "\n" not in message


# By order.


def test_a_thousand_synsets_are_the_classes_in_their_order():
    names = [f"animal {index}" for index in range(1000)]

    found = _assign(_SYNSETS, names)

    assert list(found.indices) == list(range(1000))
    assert "ImageNet's synsets" in found.rule


def test_some_synsets_need_a_file():
    names = [f"animal {index}" for index in range(1000)]

    message = _refusal(_SYNSETS[:10], names)

    assert (
        "only if there are all 1000: say which class they are in a file of labels "
        "(--labels, or evaluate_labels in a list for build)" in message
    )


def test_a_module_without_names_takes_numbers_as_indices():
    found = _assign(["0", "1", "10", "2"], None, count=11)

    assert list(found.indices) == [0, 1, 10, 2]
    assert "by the numbers" in found.rule


def test_a_module_without_names_takes_a_folder_for_each_class_in_order():
    found = _assign(["cat", "dog"], None, count=2)

    assert list(found.indices) == [0, 1]
    assert "because the module has no names" in found.rule


def test_a_module_without_names_needs_a_folder_for_each_class():
    message = _refusal(["cat", "dog"], None, count=1001)

    assert "found no names and 2 folders ('cat', 'dog')" in message


def test_numbers_of_one_class_are_refused():
    assert "found '01' and '1' for 'class 1'" in _refusal(["01", "1"], None, count=3)


# By a file.


def test_a_line_names_the_class_of_a_folder(labels):
    lines = labels("n01 -> newt", "n02 -> 0", "n03\tgreat white shark")

    found = _assign(["n01", "n02", "n03"], _ANIMALS, lines)

    assert list(found.indices) == [2, 0, 1]
    assert "by the labels file" in found.rule


def test_the_case_of_a_class_does_not_count(labels):
    lines = labels("n01 -> Great-White shark")

    assert list(_assign(["n01"], _ANIMALS, lines).indices) == [1]


def test_lines_are_the_folders_in_the_order_of_the_classes(labels):
    lines = labels("background", "n01440764 tench, Tinca tinca", "n01443537")

    found = _assign(["n01440764", "n01443537"], None, lines, count=3)

    assert list(found.indices) == [1, 2]


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (["a -> cat"], "must name each folder, found no line for 1 of 2 ('b')"),
        (["a -> cat", "b -> dog"], "found 'dog', which is of none"),
        (["a -> cat", "b -> 3"], "found '3', which is of none"),
        (["a", "b"], "classes of module 'm', found 2 lines: does the module have"),
        (["bg", "a", "b", "c"], "found 4 lines: is its first line a background class"),
        (["a"], "found 1 lines: is it a list of some classes"),
    ],
)
def test_a_file_of_something_else_is_refused(lines, expected, labels):
    assert expected in _refusal(["a", "b"], _ANIMALS, labels(*lines))


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (["a -> cat", "b"], "found line 1 with '->' or a tab and line 2 without"),
        (["a", "b", "a"], "found 'a' in the lines 1 and 3"),
        (["a", ""], "one folder, or 'folder -> class', a line, found line 2 empty"),
        ([], "found no lines"),
    ],
)
def test_a_file_that_cannot_be_right_is_refused(lines, expected, labels):
    with pytest.raises(errors.InputError) as caught:
        labels(*lines)

    assert expected in str(caught.value)


def test_the_folders_of_a_split_are_no_classes():
    assert "is the folder 'val' below it meant" in _refusal(["train", "val"], _ANIMALS)
