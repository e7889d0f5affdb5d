"""Tests what messages say about errors of the system."""

from __future__ import annotations

import errno
import json
import os
import time

import pytest

from efficientnet_hub import errors, json_files, recorded_facts
from efficientnet_hub.export.storage import archive_writer

_FULL = "/dev/full"  # Writing to it fails as on a full disk.


def test_a_path_is_added_only_where_there_is_none():
    with pytest.raises(OSError) as caught, errors.naming("mine"):
        raise OSError(errno.EIO, "I/O error")
    assert caught.value.filename == "mine"

    with pytest.raises(OSError) as caught, errors.naming("mine"):
        raise OSError(errno.EIO, "I/O error", "theirs")
    assert caught.value.filename == "theirs"


def test_a_full_disk_is_described():
    error = OSError(errno.ENOSPC, "No space left on device", "file")

    assert errors.describe(error) == (
        "[Errno 28] No space left on device: 'file': is the disk full?"
    )
    assert errors.describe(ValueError("one\ntwo")) == "one"


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EFBIG, errno.EROFS])
def test_the_cause_is_found_in_the_message_of_another_library(code):
    error = RuntimeError(f"UNKNOWN: /a.tmp; {os.strerror(code)} [Op:SaveV2]")

    cause = errors.find_cause(error, "/a")

    assert (cause.errno, cause.filename) == (code, "/a")
    assert errors.find_cause(RuntimeError("another error"), "/a") is None


def _write_archive(tmp_path) -> None:
    (tmp_path / "file").write_bytes(bytes(2**20))
    archive_writer.write_archive(str(tmp_path), _FULL)


def _write_json(tmp_path) -> None:
    json_files.write(_FULL, {"a": "b"})


def _write_record(tmp_path) -> None:
    (tmp_path / "start.json.part").symlink_to(_FULL)
    recorded_facts.write(str(tmp_path / "start.json"), json.loads("{}"))


@pytest.mark.parametrize("write", [_write_archive, _write_json, _write_record])
def test_a_full_disk_is_named(write, tmp_path):
    with pytest.raises(OSError, match="No space left") as caught:
        write(tmp_path)

    assert caught.value.filename in (_FULL, str(tmp_path / "start.json.part"))


def test_a_hundred_thousand_mistakes_are_collected_in_a_second():
    mistakes = errors.Mistakes()
    start = time.process_time()

    for number in range(100_000):
        mistakes.add(f"{number} is wrong")

    assert time.process_time() - start < 1
    with pytest.raises(errors.SeveralMistakesError):
        mistakes.raise_any()
