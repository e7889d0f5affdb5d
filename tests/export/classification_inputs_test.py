"""Arguments for images name files as they do in a shell."""

from __future__ import annotations

import os
import pathlib

import pytest

from efficientnet_hub.export import classification_inputs

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
