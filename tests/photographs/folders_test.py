"""All images below a class are found, and what is left out is counted."""

from __future__ import annotations

import os
import pathlib

import pytest

from efficientnet_hub import errors
from efficientnet_hub.photographs import folders
from efficientnet_hub.tests.photographs import trees


def _names(found: folders.Found, folder: pathlib.Path) -> list[str]:
    return [os.path.relpath(path, str(folder)) for path in found.paths]


def test_a_folder_is_a_class(tmp_path):
    trees.write(tmp_path, "dog/b.JPG", "dog/a.jpeg", "cat/1.png", "cat/2.TIFF")

    found = folders.find(str(tmp_path))

    assert found.class_names == ["cat", "dog"]
    names = ["cat/1.png", "cat/2.TIFF", "dog/a.jpeg", "dog/b.JPG"]
    assert _names(found, tmp_path) == names
    assert found.labels == [0, 0, 1, 1]
    assert found.left_out == {}


def test_folders_in_a_class_belong_to_it(tmp_path):
    trees.write(tmp_path, "dog/2024/may/a.gif", "dog/2025/b.bmp", "cat/c.webp")

    found = folders.find(str(tmp_path))

    assert _names(found, tmp_path) == [
        "cat/c.webp",
        "dog/2024/may/a.gif",
        "dog/2025/b.bmp",
    ]


def test_what_is_left_out_is_counted_by_its_kind(tmp_path):
    trees.write(tmp_path, "dog/a.png", "cat/b.png")
    for name in ("dog/notes.TXT", "cat/more.txt", "cat/README", "readme.md"):
        (tmp_path / name).write_bytes(b"text")
    trees.write(tmp_path, "loose.png")
    for name in ("dog/.DS_Store", "dog/._a.png", "cat/Thumbs.db", ".hidden"):
        (tmp_path / name).write_bytes(b"")
    trees.write(tmp_path, "__MACOSX/dog/a.png", ".git/a.png", "cat/.cache/a.png")

    found = folders.find(str(tmp_path))

    assert found.class_names == ["cat", "dog"]
    assert _names(found, tmp_path) == ["cat/b.png", "dog/a.png"]
    assert found.left_out == {
        ".txt": 2,
        ".md": 1,
        "no extension": 1,
        folders.BESIDE_CLASSES: 1,
        folders.HIDDEN: 5,
        folders.OF_A_SYSTEM: 2,
    }


def test_links_are_followed_once(tmp_path):
    trees.write(tmp_path, "elsewhere/more/1.png", "images/cat/2.png")
    images = tmp_path / "images"
    (images / "dog").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "elsewhere" / "loop").symlink_to(tmp_path / "elsewhere")
    (images / "cat" / "parent").symlink_to(images)
    (images / "cat" / "itself").symlink_to("itself")
    (images / "itself").symlink_to("itself")
    for number in range(30):  # Each leads to the next twice: 2**30 ways.
        folder = tmp_path / "ways" / str(number)
        folder.mkdir(parents=True)
        for name in ("left", "right"):
            (folder / name).symlink_to(tmp_path / "ways" / str(number + 1))
    (images / "dog" / "ways").symlink_to(tmp_path / "ways" / "0")

    found = folders.find(str(images))

    assert found.class_names == ["cat", "dog"]
    assert found.labels.count(1) == 1
    assert _names(found, images)[-1] == "dog/more/1.png"


def test_a_broken_link_is_found_and_reported_when_it_is_read(tmp_path):
    trees.write(tmp_path, "cat/1.png", "dog/1.png")
    (tmp_path / "cat" / "gone.jpg").symlink_to("nowhere.jpg")

    assert "cat/gone.jpg" in _names(folders.find(str(tmp_path)), tmp_path)


def test_names_of_files_may_have_another_encoding(tmp_path):
    trees.write(tmp_path, "cat/1.png", "dog/1.png")
    os.rename(
        os.fsencode(tmp_path / "cat" / "1.png"),
        os.fsencode(tmp_path / "cat") + b"/caf\xe9.png",
    )

    assert len(folders.find(str(tmp_path)).paths) == 2


def test_the_name_of_a_class_must_be_text(tmp_path):
    os.makedirs(os.fsencode(tmp_path) + b"/caf\xe9")
    (tmp_path / " ").mkdir()

    with pytest.raises(errors.SeveralMistakesError) as caught:
        folders.find(str(tmp_path))

    assert "a name of spaces, ' '" in caught.value.messages[0]
    assert "must be a path in UTF-8" in caught.value.messages[1]


@pytest.mark.parametrize("name", ["missing", "file"])
def test_a_path_without_a_folder_is_refused(name, tmp_path):
    (tmp_path / "file").write_bytes(b"")

    with pytest.raises(errors.InputError, match="found one that cannot be read"):
        folders.find(str(tmp_path / name))


def test_a_folder_without_classes_is_refused(tmp_path):
    trees.write(tmp_path, "1.png", "2.png")

    with pytest.raises(errors.InputError, match="for each class, found none"):
        folders.find(str(tmp_path))


@pytest.mark.parametrize(
    ("names", "labels", "least", "sentence"),
    [
        (["cat"], [0, 0], 1, "at least two classes, found 'cat'"),
        (["a", "b"], [0, 1, 1], 2, "'images/a' must have at least two .* found 1"),
        (["a", "b"], [1], 1, "'images/a' must have at least one .* found 0"),
    ],
)
def test_a_training_needs_photographs_of_two_classes(names, labels, least, sentence):
    with pytest.raises(errors.InputError, match=sentence):
        folders.check_sizes("images", names, labels, least)


def test_all_classes_with_too_few_photographs_are_listed():
    with pytest.raises(errors.SeveralMistakesError) as caught:
        folders.check_sizes("images", ["a", "b", "c"], [1, 1], 2)

    assert len(caught.value.messages) == 2
