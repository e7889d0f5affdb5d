"""Hashes depend on the contents of files, not on their names."""

from __future__ import annotations

import hashlib

import pytest

from efficientnet_hub import digests


@pytest.fixture(name="paths")
def _paths(tmp_path) -> list[str]:
    """Three files; the first and the last have the same content."""
    paths = []
    for name, content in (("a", b"1"), ("b", b"2"), ("c", b"1")):
        (tmp_path / name).write_bytes(content)
        paths.append(str(tmp_path / name))
    return paths


def test_a_file_has_its_sha256(tmp_path):
    content = bytes(range(256)) * 10000  # More than one block.
    path = tmp_path / "file"
    path.write_bytes(content)

    assert digests.of_file(str(path)) == hashlib.sha256(content).hexdigest()


def test_a_hash_depends_on_contents_and_their_order(paths):
    def digest(paths):
        return digests.of_texts(map(digests.of_file, paths))

    assert digest(paths[:2]) == digest([paths[2], paths[1]])
    assert digest(paths[:2]) != digest(paths[1::-1])


def test_the_hash_of_a_folder_includes_its_subfolders(tmp_path):
    for name in ("first", "second"):
        (tmp_path / name / "deeper").mkdir(parents=True)
        (tmp_path / name / "a").write_bytes(b"1")
        (tmp_path / name / "deeper" / "b").write_bytes(b"2")
    first, second = str(tmp_path / "first"), str(tmp_path / "second")

    assert digests.of_folder(first) == digests.of_folder(second)
    (tmp_path / "second" / "deeper" / "b").write_bytes(b"3")
    assert digests.of_folder(first) != digests.of_folder(second)


def test_a_stream_is_hashed_from_its_position(tmp_path):
    path = tmp_path / "file"
    path.write_bytes(b"12345")

    with path.open("rb") as file:
        file.read(2)
        assert digests.of_stream(file) == hashlib.sha256(b"345").hexdigest()
