"""The lock of a module keeps this program and tensorflow_hub apart."""

from __future__ import annotations

import os
import pathlib
import socket
import subprocess
import sys
import threading
import time

import pytest

from efficientnet_hub import errors
from efficientnet_hub.export.hub_cache import download_lock
from efficientnet_hub.export.storage import folder_locks


@pytest.fixture(name="folder")
def _folder(tmp_path, monkeypatch) -> str:
    """The path of the folder of a module in the cache `tmp_path`."""
    monkeypatch.setattr(download_lock, "_SECONDS_TO_WAIT", 0.2)
    return str(tmp_path / ("a" * 40))


def _lock(folder: str, content: str) -> pathlib.Path:
    path = pathlib.Path(folder + ".lock")
    path.write_text(content)
    return path


def _hold(folder: str) -> str:
    """Returns the content of the lock file while the lock is held."""
    with download_lock.hold(os.path.dirname(folder), folder):
        return pathlib.Path(folder + ".lock").read_text()


def test_a_program_of_tensorflow_hub_recognizes_the_lock(folder):
    resolver = pytest.importorskip("tensorflow_hub.resolver")

    with download_lock.hold(os.path.dirname(folder), folder):
        path = resolver._lock_filename(folder)
        assert len(resolver._task_uid_from_lock_file(path)) == 32
        assert resolver._locked_tmp_dir_size(path) == 0
    assert not os.path.exists(path)


def test_the_lock_of_a_program_that_downloads_is_respected(folder):
    path = _lock(folder, f"{socket.gethostname()}.{os.getpid()}.0123abcd")

    with pytest.raises(errors.InputError, match="found the lock of a program that"):
        _hold(folder)
    assert path.read_text().endswith("0123abcd")


def _find_ended_process() -> int:
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


def test_the_lock_of_a_program_that_has_ended_is_removed(folder):
    _lock(folder, f"{socket.gethostname()}.{_find_ended_process()}.0123abcd")
    # What it downloaded, and tensorflow_hub never removes.
    os.makedirs(f"{folder}.0123abcd.tmp/variables")

    assert f".{os.getpid()}." in _hold(folder)
    assert os.listdir(os.path.dirname(folder)) == []


@pytest.mark.skipif(not os.path.isdir("/proc/self"), reason="needs /proc")
def test_a_program_has_ended_also_if_its_parent_does_not_ask(folder):
    ended = subprocess.Popen([sys.executable, "-c", ""])
    os.waitid(os.P_PID, ended.pid, os.WEXITED | os.WNOWAIT)
    _lock(folder, f"{socket.gethostname()}.{ended.pid}.0123abcd")

    assert f".{os.getpid()}." in _hold(folder)
    ended.wait()


@pytest.mark.parametrize("content", ["", "host.1.0123abcd", "\0.1.\0", "a.1./../.."])
def test_a_lock_is_removed_if_nothing_was_downloaded_for_ten_minutes(content, folder):
    path = _lock(folder, content)
    with pytest.raises(errors.InputError):
        _hold(folder)
    long_ago = time.time() - 601
    os.utime(str(path), (long_ago, long_ago))

    assert f".{os.getpid()}." in _hold(folder)


def test_an_old_lock_of_a_program_that_downloads_is_respected(folder):
    path = _lock(folder, "elsewhere.1.0123abcd")
    os.utime(str(path), (0, 0))
    os.mkdir(f"{folder}.0123abcd.tmp")

    with pytest.raises(errors.InputError):
        _hold(folder)


@pytest.mark.parametrize("make", [os.mkdir, os.mkfifo, lambda p: os.symlink("x", p)])
def test_what_is_no_lock_is_kept(make, folder):
    make(folder + ".lock")

    with pytest.raises(errors.InputError):
        _hold(folder)
    assert os.path.lexists(folder + ".lock")


def test_another_process_of_this_program_is_waited_for(folder, monkeypatch):
    monkeypatch.setattr(download_lock, "_SECONDS_TO_WAIT", 60)
    descriptor = folder_locks.lock(os.path.dirname(folder), wait=True)
    timer = threading.Timer(0.05, os.close, [descriptor])
    timer.start()

    assert _hold(folder)
    timer.join()


def test_a_process_of_this_program_that_does_not_end_is_refused_in_the_end(folder):
    descriptor = folder_locks.lock(os.path.dirname(folder), wait=True)

    with pytest.raises(errors.InputError, match="another efficientnet-hub changes it"):
        _hold(folder)
    os.close(descriptor)


def test_the_lock_of_a_program_that_took_it_over_is_kept(folder):
    with download_lock.hold(os.path.dirname(folder), folder):
        path = _lock(folder, "elsewhere.1.0123abcd")

    assert path.exists()
