"""A file has the old content or the new at every moment, and nothing else is left."""

from __future__ import annotations

import errno
import os
import pathlib

import pytest

from efficientnet_hub import atomic_files


@pytest.fixture
def path(tmp_path) -> pathlib.Path:
    """The path of a file with content."""
    file = tmp_path / "file"
    file.write_text("old")
    return file


def test_the_new_content_takes_the_place_of_the_old(path):
    with atomic_files.replace(str(path)) as part:
        pathlib.Path(part).write_text("new")
        assert path.read_text() == "old"

    assert path.read_text() == "new"
    assert os.listdir(str(path.parent)) == ["file"]


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_after_an_error_the_old_content_is_there(error, path):
    with pytest.raises(error), atomic_files.replace(str(path)) as part:
        pathlib.Path(part).write_text("half")
        raise error

    assert path.read_text() == "old"
    assert os.listdir(str(path.parent)) == ["file"]


def test_an_error_of_a_full_disk_names_the_file(path):
    with pytest.raises(OSError) as caught, atomic_files.replace(str(path)):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    assert caught.value.filename == str(path)


def test_an_unfinished_file_has_the_name_of_the_finished_one(path):
    with atomic_files.replace(str(path)) as part:
        assert atomic_files.complete_name(part) == str(path)
        pathlib.Path(part).touch()

    assert atomic_files.complete_name(str(path)) == str(path)
