"""Arguments for images name files as they do in a shell."""

from __future__ import annotations

import os
import pathlib

import pytest

from efficientnet_hub import errors
from efficientnet_hub.export.classification import classification_inputs
from efficientnet_hub.photographs import folders, image_files

_ALL = ["[e]/5.png", "a/1.png", "a/b/2.png", "a/b/c.d/3.png"]


@pytest.fixture(autouse=True)
def _images(tmp_path, monkeypatch) -> None:
    """Images, and links that form circles in 2**40 ways."""
    for path in map(tmp_path.joinpath, [*_ALL, "a/.hidden/4.png"]):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    (tmp_path / "a" / "loop").symlink_to("..")
    (tmp_path / "a" / "again").symlink_to("..")
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize("is_absolute", [False, True])
@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("**/*.png", _ALL),
        ("**", _ALL),
        ("**/**/*.png", _ALL),
        ("a/**/*.png", _ALL[1:]),
        ("a/**", _ALL[1:]),
        ("**/b/**/?.png", _ALL[2:]),
        ("a/.hidden/*", ["a/.hidden/4.png"]),
        ("[[]e]/**/*", _ALL[:1]),
        ("[e]/*.png", ["[e]/*.png"]),  # No folder 'e' is there.
        ("a/loop/a/*.png", ["a/loop/a/1.png"]),
        ("a/loop/**/1.png", ["a/loop/a/1.png"]),
    ],
)
def test_patterns_are_expanded(pattern, expected, is_absolute):
    start = f"{os.getcwd()}/" if is_absolute else ""

    found = classification_inputs.expand([start + pattern])

    assert found == [start + name for name in expected]


def test_a_file_is_meant_as_it_is_named():
    pathlib.Path("*.png").touch()

    assert classification_inputs.expand(["*.png", "./a/1.png"]) == [
        "*.png",
        "./a/1.png",
    ]


def test_a_folder_has_its_images_also_behind_links_and_each_folder_once():
    pathlib.Path("a", "link").symlink_to(os.path.abspath("[e]"))

    found = classification_inputs.expand(["a"])

    assert found == ["a/1.png", "a/again/[e]/5.png", "a/b/2.png", "a/b/c.d/3.png"]


def test_a_folder_is_read_as_the_folders_of_embed_are():
    for start in (".", "a", "[e]"):
        found = folders.find_without_classes(start).paths
        assert sorted(classification_inputs.expand([start])) == found


@pytest.mark.parametrize("make", [os.mkfifo, lambda path: os.symlink("none", path)])
def test_what_is_no_file_but_matches_a_pattern_is_not_dropped(make):
    make("a/0.png")

    assert classification_inputs.expand(["a/*.png"]) == ["a/0.png", "a/1.png"]


def test_a_folder_that_cannot_be_read_is_in_the_list(monkeypatch):
    scandir = os.scandir

    def refuse(path):
        if str(path).endswith("b"):
            raise PermissionError(13, "Permission denied", path)
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refuse)
    (pathlib.Path("a") / "again").unlink()
    (pathlib.Path("a") / "loop").unlink()

    assert classification_inputs.expand(["a"]) == ["a/1.png", "a/b"]
    with pytest.raises(errors.InputError, match="'a/b' cannot be read: Permission den"):
        image_files.read("a/b")
