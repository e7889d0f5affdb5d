"""A file is read once if memory allows, and a result belongs to what was hashed."""

from __future__ import annotations

import hashlib
import pathlib

import pytest

from efficientnet_hub import errors
from efficientnet_hub.evaluation import image_folder
from efficientnet_hub.photographs import image_files
from efficientnet_hub.tests.photographs import samples


@pytest.fixture(name="folder")
def _folder(tmp_path) -> pathlib.Path:
    """A folder of one class with a PNG and a JPEG file."""
    folder = tmp_path / "images" / "cat"
    folder.mkdir(parents=True)
    for kind in ("png", "jpeg"):
        samples.write(kind, folder)
    return folder.parent


@pytest.fixture(name="reads")
def _reads(monkeypatch) -> list[str]:
    """A list of the files that are read from the disk."""
    paths = []
    read = image_files.read

    def read_noted(path: str) -> bytes:
        paths.append(path)
        return read(path)

    monkeypatch.setattr(image_files, "read", read_noted)
    return paths


def _read_all(found: image_folder.ImageFolder) -> list[bytes]:
    read_content = found.make_reader()
    return [read_content(path) for path in found.paths]


def _hash_all(contents: list[bytes]) -> list[str]:
    return [hashlib.sha256(content).hexdigest() for content in contents]


def test_a_content_that_is_kept_is_read_once(folder, reads):
    found = image_folder.read(str(folder), keeps_contents=True)

    assert _hash_all(_read_all(found)) == found.digests
    assert sorted(reads) == sorted(found.paths)
    assert not found.kept


def test_contents_beyond_the_bound_are_read_again(folder, reads, monkeypatch):
    size = min(path.stat().st_size for path in folder.rglob("image.*"))
    monkeypatch.setattr(image_folder, "_MOST_KEPT_BYTES", size)
    found = image_folder.read(str(folder), keeps_contents=True)

    assert len(found.kept) == 1
    assert _hash_all(_read_all(found)) == found.digests
    assert len(reads) == 3


def test_a_file_that_changes_meanwhile_is_refused(folder):
    found = image_folder.read(str(folder))
    assert not found.kept
    samples.KINDS["gray.png"][0](str(folder / "cat" / "image.png"))

    with pytest.raises(errors.InputError, match="must not change during the eval"):
        _read_all(found)
