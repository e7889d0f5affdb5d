"""A tag is that of the bytes, also when they are others at the same path."""

from __future__ import annotations

import hashlib
import os

from efficientnet_hub.export.hosting import entity_tags


def _tag(tags: entity_tags.EntityTags, path) -> str:
    with open(str(path), "rb") as file:
        return tags.of(file)


def test_a_tag_is_the_sha256(tmp_path):
    (tmp_path / "1.tar.gz").write_bytes(b"archive")

    tag = _tag(entity_tags.EntityTags(), tmp_path / "1.tar.gz")

    assert tag == '"{}"'.format(hashlib.sha256(b"archive").hexdigest())


def test_a_replaced_file_has_another_tag(tmp_path):
    path, other = tmp_path / "1.tar.gz", tmp_path / "staged"
    path.write_bytes(b"one")
    other.write_bytes(b"two")
    # As alike as two files can be.
    for each in (path, other):
        os.utime(str(each), ns=(10**18, 10**18))
    tags = entity_tags.EntityTags()
    before = _tag(tags, path)

    other.replace(path)

    assert path.stat().st_mtime_ns == 10**18
    assert _tag(tags, path) != before


def test_a_file_is_read_once(tmp_path):
    path = tmp_path / "1.tar.gz"
    path.write_bytes(b"archive")
    tags = entity_tags.EntityTags()
    first = _tag(tags, path)

    with path.open("rb") as file:
        assert tags.of(file) == first
        assert file.tell() == 0
