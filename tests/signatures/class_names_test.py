"""The class names of ImageNet and of files."""

from __future__ import annotations

import pytest

from efficientnet_hub import errors
from efficientnet_hub.signatures import class_names


@pytest.mark.parametrize(
    ("index", "name"),
    [
        (0, "tench"),
        (1, "goldfish"),
        (285, "Egyptian cat"),
        (652, "military uniform"),
        (967, "espresso"),
        (999, "toilet tissue"),
    ],
)
def test_the_classes_of_imagenet_are_in_order(index, name):
    assert class_names.imagenet_class_names()[index] == name


def test_imagenet_has_1000_classes():
    assert len(class_names.imagenet_class_names()) == 1000


def test_a_file_has_one_name_a_line(tmp_path):
    path = tmp_path / "labels.txt"
    path.write_bytes("cat\r\n hot dog \nçà et là".encode())

    assert class_names.read_class_names(str(path)) == ["cat", "hot dog", "çà et là"]


def test_a_byte_order_mark_is_ignored(tmp_path):
    path = tmp_path / "labels.txt"
    path.write_text("cat\ndog\n", encoding="utf-8-sig")

    assert class_names.read_class_names(str(path)) == ["cat", "dog"]


@pytest.mark.parametrize(
    ("content", "line"), [(b"cat\n\ndog\n", 2), (b"cat\n \n", 2), (b"\ncat", 1)]
)
def test_an_empty_line_is_refused_with_its_number(tmp_path, content, line):
    path = tmp_path / "labels.txt"
    path.write_bytes(content)

    with pytest.raises(errors.InputError) as caught:
        class_names.read_class_names(str(path))

    assert str(caught.value) == (
        f"labels file '{path}' must have one class name a line, found line {line} "
        "empty: remove it"
    )


def test_a_file_that_is_not_text_is_refused(tmp_path):
    path = tmp_path / "labels.txt"
    path.write_bytes(b"caf\xe9\n")

    with pytest.raises(errors.InputError) as caught:
        class_names.read_class_names(str(path))

    assert str(caught.value).startswith(
        f"labels file '{path}' must be a text file in UTF-8, one class name a line, "
        "found an error when reading it: 'utf-8' codec can't decode"
    )


def test_a_missing_file_is_refused(tmp_path):
    path = tmp_path / "labels.txt"

    with pytest.raises(errors.InputError) as caught:
        class_names.read_class_names(str(path))

    assert str(caught.value) == (
        f"labels file '{path}' must be a text file in UTF-8, one class name a line, "
        "found no file"
    )


def test_an_empty_file_is_refused(tmp_path):
    path = tmp_path / "labels.txt"
    path.write_text("")
    with pytest.raises(errors.InputError, match="found no lines"):
        class_names.read_class_names(str(path))


def test_a_file_without_end_is_refused():
    with pytest.raises(errors.InputError) as caught:
        class_names.read_class_names("/dev/zero")

    assert str(caught.value) == (
        "labels file '/dev/zero' must be a file, found a character device: write its "
        "content to a file first"
    )


def test_a_large_file_is_refused(tmp_path):
    path = tmp_path / "labels.txt"
    with open(path, "wb") as file:
        file.truncate(2**30)  # Takes no space.

    with pytest.raises(errors.InputError, match="found more: is it another file"):
        class_names.read_class_names(str(path))


def test_a_long_name_is_refused_with_its_number(tmp_path):
    path = tmp_path / "labels.txt"
    path.write_text("cat\n" + "a" * 10_000 + "\n")
    assert len(class_names.read_class_names(str(path))) == 2

    path.write_text("cat\n" + "a" * 10_001 + "\n")
    with pytest.raises(
        errors.InputError, match="10000 characters, found 10001 in line 2"
    ):
        class_names.read_class_names(str(path))
