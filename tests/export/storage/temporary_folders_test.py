"""Temporary folders of living processes stay, those of killed ones are removed."""

from __future__ import annotations

import concurrent.futures
import errno
import fcntl
import os
import shutil
import signal
import tempfile
import threading

import pytest

from efficientnet_hub import errors
from efficientnet_hub.export.storage import temporary_folders

_CREATE = """
import sys, time
from efficientnet_hub.export.storage import temporary_folders
print(temporary_folders.create(sys.argv[1], "prefix-"), flush=True)
time.sleep(60)
"""


def test_only_what_a_killed_process_left_is_removed(start_python, tmp_path):
    process = start_python(_CREATE, tmp_path)
    left = process.stdout.readline().strip()
    mine = temporary_folders.create(str(tmp_path), "prefix-")
    other = temporary_folders.create(str(tmp_path), "another-")

    temporary_folders.remove_abandoned(str(tmp_path), "prefix-")
    assert os.path.isdir(left)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    temporary_folders.remove_abandoned(str(tmp_path), "prefix-")

    assert sorted(map(str, tmp_path.iterdir())) == sorted([mine, other])
    for path in (mine, other):
        temporary_folders.remove(path)
    assert not list(tmp_path.iterdir())


def test_a_folder_of_a_user_with_such_a_name_stays(tmp_path):
    for name in ("prefix-photos", "prefix-", "prefix-0123456789abcdef0"):
        (tmp_path / name).mkdir()

    temporary_folders.remove_abandoned(str(tmp_path), "prefix-")

    assert len(os.listdir(str(tmp_path))) == 3


def test_a_link_is_no_temporary_folder(tmp_path):
    (tmp_path / "mine").mkdir()
    (tmp_path / ("prefix-" + 16 * "0")).symlink_to(tmp_path / "mine")

    temporary_folders.remove_abandoned(str(tmp_path), "prefix-")

    assert (tmp_path / "mine").is_dir()


def test_a_file_system_may_have_no_locks(tmp_path, monkeypatch):
    def flock(*_):
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(fcntl, "flock", flock)
    path = temporary_folders.create(str(tmp_path), "prefix-")

    temporary_folders.remove_abandoned(str(tmp_path), "prefix-")

    assert os.listdir(str(tmp_path)) == [os.path.basename(path)]
    temporary_folders.remove(path)


def test_a_process_that_ends_removes_all_of_its_folders(tmp_path):
    with pytest.raises(ZeroDivisionError), temporary_folders.making_parents(
        str(tmp_path / "a" / "b")
    ):
        path = temporary_folders.create(str(tmp_path / "a" / "b"), "prefix-")
        with open(os.path.join(path, "file"), "w") as file:
            file.write("half")

        temporary_folders.remove_all()

        assert not list(tmp_path.iterdir())
        raise ZeroDivisionError


def test_several_may_make_the_same_folders_at_the_same_time(tmp_path):
    together = threading.Barrier(8)

    def make(number: int) -> None:
        together.wait()
        parent = tmp_path / "a" / "b" / str(number % 2)
        with temporary_folders.making_parents(str(parent)):
            (parent / str(number)).mkdir()

    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        for _ in range(50):
            list(pool.map(make, range(8)))
            assert len(list(tmp_path.glob("a/b/*/*"))) == 8
            shutil.rmtree(str(tmp_path / "a"))


def test_folders_may_be_removed_while_others_are_made(tmp_path, monkeypatch):
    mkdir = os.mkdir
    removed = []

    def remove_first(path, *mode):
        if os.path.basename(path) == "b" and not removed:
            os.rmdir(os.path.dirname(path))
            removed.append(path)
        mkdir(path, *mode)

    monkeypatch.setattr(os, "mkdir", remove_first)
    with temporary_folders.making_parents(str(tmp_path / "a" / "b")):
        pass

    assert removed and (tmp_path / "a" / "b").is_dir()


def test_a_dangling_link_in_place_of_a_folder_is_an_error(tmp_path):
    (tmp_path / "a").symlink_to(tmp_path / "nowhere")

    with pytest.raises(FileExistsError), temporary_folders.making_parents(
        str(tmp_path / "a" / "b")
    ):
        pass


def test_a_folder_that_tensorflow_cannot_read_is_refused(tmp_path, monkeypatch):
    (tmp_path / "[a]").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "[a]"))

    refused = pytest.raises(errors.InputError, match="TMPDIR.*takes for a pattern")
    with refused, temporary_folders.in_system_folder():
        pass
