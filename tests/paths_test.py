"""Tests which paths are refused before anything is read or written."""

from __future__ import annotations

import os
import pathlib

import pytest

from efficientnet_hub import errors, paths


def test_the_home_of_the_user_is_found(monkeypatch):
    monkeypatch.setenv("HOME", "/home/me")

    assert paths.expand("~/module") == "/home/me/module"
    assert paths.expand("a/~/module") == "a/~/module"


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("m\0", "contains a NUL"),
        (os.fsdecode(b"m\xff"), "in UTF-8, found 'm\\\\udcff'"),
        (b"module", "found b'module'"),
        (7, "must be a path, found 7"),
    ],
)
def test_what_is_no_path_is_refused(path, found):
    with pytest.raises(errors.InputError, match=found) as caught:
        paths.check("output", path)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("path", ["a b", "größe", pathlib.Path("a"), "a]b", "{a}"])
def test_other_paths_are_kept(path):
    paths.check_for_tensorflow("output", path)


@pytest.mark.parametrize("character", "*?[\\")
def test_a_pattern_is_refused_also_in_a_folder_above(character, tmp_path, monkeypatch):
    folder = tmp_path / f"a{character}b"
    folder.mkdir()
    monkeypatch.chdir(folder)

    for path in ("module", str(folder / "module")):
        with pytest.raises(errors.InputError, match="takes for a pattern"):
            paths.check_for_tensorflow("output", path)
