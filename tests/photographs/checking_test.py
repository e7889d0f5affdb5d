"""All that is wrong with a folder of photographs is found before a run."""

from __future__ import annotations

import hashlib
import os
import pathlib
import struct
import zlib

import pytest

from efficientnet_hub import errors
from efficientnet_hub.photographs import checking
from efficientnet_hub.tests.photographs import samples, trees


def _read(folder: pathlib.Path) -> checking.Checked:
    return checking.read_folder(str(folder), trees.start_bar)


def _bomb() -> bytes:
    header = b"IHDR" + struct.pack(">IIBBBBB", 40_000, 40_000, 8, 2, 0, 0, 0)
    start = b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + header
    return start + struct.pack(">I", zlib.crc32(header)) + b"\0\0\0\0IDAT"


def test_photographs_have_digests_of_their_contents(tmp_path):
    trees.write(tmp_path, "cat/1.png", "dog/2.png", "dog/3.png")

    checked = _read(tmp_path)

    photographs = checked.photographs
    assert photographs.labels == [0, 1, 1]
    assert photographs.digests == [
        hashlib.sha256(pathlib.Path(path).read_bytes()).hexdigest()
        for path in photographs.paths
    ]
    assert checked.sentences == []
    checking.raise_any([checked])


def test_each_file_that_cannot_be_read_is_listed(tmp_path):
    trees.write(tmp_path, "cat/1.png", "dog/1.png")
    cat = tmp_path / "cat"
    whole = (cat / "1.png").read_bytes()
    (cat / "2.png").write_bytes(whole[:-30])
    (cat / "3.jpg").write_bytes(b"")
    (cat / "4.jpg").write_bytes(b"<html>")
    (cat / "5.jpg").symlink_to("nowhere")
    (cat / "6.png").write_bytes(_bomb())
    os.mkfifo(str(cat / "7.png"))

    checked = _read(tmp_path)

    assert [os.path.basename(path) for path in checked.damaged] == [
        "2.png",
        "3.jpg",
        "4.jpg",
        "5.jpg",
        "6.png",
        "7.png",
    ]
    assert len(checked.photographs.paths) == 2
    for sentence, part in zip(
        checked.sentences,
        ["damaged", "an empty file", "starts with b'<html>'", "No such file"]
        + ["at most 67108864 pixels", "a named pipe"],
    ):
        assert part in sentence and "\n" not in sentence
    with pytest.raises(errors.SeveralMistakesError) as caught:
        checking.raise_any([checked])
    assert caught.value.messages == checked.sentences


@pytest.mark.skipif(os.geteuid() == 0, reason="nothing is forbidden for root")
def test_what_may_not_be_read_is_listed(tmp_path):
    trees.write(tmp_path, "cat/1.png", "cat/closed/1.png", "dog/1.png")
    (tmp_path / "cat" / "1.png").chmod(0)
    (tmp_path / "cat" / "closed").chmod(0)

    sentences = _read(tmp_path).sentences

    (tmp_path / "cat" / "closed").chmod(0o700)
    assert len(sentences) == 2
    assert all("Permission denied" in sentence for sentence in sentences)


def test_all_kinds_of_images_are_accepted(tmp_path):
    (tmp_path / "a").mkdir()
    for kind in samples.KINDS:
        samples.write(kind, tmp_path / "a")

    checked = _read(tmp_path)

    assert checked.sentences == []
    assert len(checked.photographs.paths) == len(samples.KINDS)
