"""Tests which photographs are found, and which of them are held out."""

from __future__ import annotations

import os
import pathlib
import struct
import zlib

import pytest

from efficientnet_hub import errors
from efficientnet_hub.photographs import folders, labeled, splitting

# Headers of images of a pixel.
_JPEG = b"\xff\xd8\xff\xc0\x00\x0b\x08\x00\x01\x00\x01\x01\x11\x01\x00"
_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_PNG = _SIGNATURE + b"\x00\x00\x00\x0dIHDR\x00\x00\x00\x01\x00\x00\x00\x01"


def _write(folder: pathlib.Path, files: dict[str, bytes]) -> str:
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return str(folder)


def _write_many(folder: pathlib.Path, count: int = 20) -> labeled.Photographs:
    files = {
        f"{name}/{number:02d}.png": _PNG + name.encode() + bytes([number])
        for name in ("cat", "dog")
        for number in range(count)
    }
    return folders.read_folder(_write(folder, files))


def test_a_folder_is_a_class(tmp_path):
    folder = _write(
        tmp_path,
        {
            "dog/b.JPG": _JPEG,
            "dog/a.jpeg": _JPEG,
            "cat/1.png": _PNG,
            "cat/2.png": _PNG,
            "cat/notes.txt": b"",
            "cat/.hidden.png": b"",
            ".cache/1.png": b"",
            "read.me": b"",
        },
    )

    found = folders.read_folder(folder)

    assert found.class_names == ["cat", "dog"]
    names = [pathlib.Path(path).name for path in found.paths]
    assert names == ["1.png", "2.png", "a.jpeg", "b.JPG"]
    assert found.labels == [0, 0, 1, 1]


@pytest.mark.parametrize(
    ("files", "sentence"),
    [
        ({"1.png": _PNG, "2.png": _PNG}, "at least two classes, found none"),
        ({"cat/1.png": _PNG, "cat/2.png": _PNG}, "at least two classes, found 'cat'"),
        ({"cat/1.png": _PNG, "dog/1.png": _PNG}, "at least two photographs"),
        ({"cat/1.png": _PNG, " /1.png": _PNG}, "found a name of spaces, ' '"),
        (
            {"cat/1.png": _PNG, "cat/2.png": b"a text", "dog/1.png": _PNG},
            "TIFF or GIF file, found a file that starts with b'a text'",
        ),
    ],
)
def test_a_folder_without_enough_photographs_is_refused(files, sentence, tmp_path):
    folder = _write(tmp_path, files)

    with pytest.raises(errors.InputError, match=sentence):
        folders.read_folder(folder)


@pytest.mark.parametrize("width", [13_000, 40_000])
def test_a_photograph_of_too_many_pixels_is_refused(width, tmp_path):
    _write_many(tmp_path)
    header = b"IHDR" + struct.pack(">IIBBBBB", width, 13_000, 8, 2, 0, 0, 0)
    checksum = struct.pack(">I", zlib.crc32(header))
    image = _SIGNATURE + struct.pack(">I", 13) + header + checksum + b"\0\0\0\0IDAT"
    (tmp_path / "cat" / "bomb.png").write_bytes(image)

    with pytest.raises(errors.InputError, match=f"bomb.png' .* found {width} x 13000"):
        folders.read_folder(str(tmp_path))


def test_a_named_pipe_is_refused(tmp_path):
    _write_many(tmp_path)
    os.mkfifo(str(tmp_path / "cat" / "z.jpg"))

    with pytest.raises(errors.InputError, match="z.jpg' must be a file, found a named"):
        folders.read_folder(str(tmp_path))


def test_a_missing_folder_is_refused(tmp_path):
    with pytest.raises(errors.InputError, match="cannot be read"):
        folders.read_folder(str(tmp_path / "nowhere"))


def test_a_fraction_of_each_class_is_held_out(tmp_path):
    trained, held_out = splitting.split(_write_many(tmp_path), 0.25)

    assert [held_out.labels.count(label) for label in (0, 1)] == [5, 5]
    assert [trained.labels.count(label) for label in (0, 1)] == [15, 15]
    assert not set(trained.paths) & set(held_out.paths)


def test_another_photograph_moves_few_others(tmp_path):
    _, before = splitting.split(_write_many(tmp_path, 20), 0.25)
    _, after = splitting.split(_write_many(tmp_path, 21), 0.25)

    assert len(set(before.paths) ^ set(after.paths)) <= 4


def test_copies_are_on_the_same_side(tmp_path):
    photographs_with_copies = _write_many(tmp_path, 6)
    for path in list(photographs_with_copies.paths):
        path = pathlib.Path(path)
        path.with_name("copy of " + path.name).write_bytes(path.read_bytes())

    sides = splitting.split(folders.read_folder(str(tmp_path)), 0.5)

    contents = [{pathlib.Path(p).read_bytes() for p in side.paths} for side in sides]
    assert contents[0]
    assert not contents[0] & contents[1]


@pytest.mark.parametrize("held_out", [0.01, 0.99])
def test_each_side_has_a_photograph_of_each_class(held_out, tmp_path):
    for side in splitting.split(_write_many(tmp_path, 3), held_out):
        assert set(side.labels) == {0, 1}


def test_a_digest_depends_on_contents_and_classes(tmp_path):
    digests = set()
    for name, files in (
        ("first", {"a/1.png": _PNG, "a/2.png": _PNG + b"2", "b/1.png": _PNG + b"3"}),
        ("renamed", {"a/7.png": _PNG, "a/8.png": _PNG + b"2", "b/9.png": _PNG + b"3"}),
        ("another", {"a/1.png": _PNG, "a/2.png": _PNG + b"2", "b/1.png": _PNG + b"4"}),
        ("swapped", {"b/1.png": _PNG, "b/2.png": _PNG + b"2", "a/1.png": _PNG + b"3"}),
    ):
        other_class = "a" if name == "swapped" else "b"
        files[f"{other_class}/other.png"] = _PNG + b"5"
        folder = _write(tmp_path / name, files)
        digests.add(folders.read_folder(folder).compute_digest())

    assert len(digests) == 3  # The first two are the same.
