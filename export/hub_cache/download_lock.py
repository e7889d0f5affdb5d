"""Locks that keep other programs from the folder of a module, for milliseconds.

tensorflow_hub has a lock file for each module that it downloads, and other processes
of this program lock the whole cache.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import time
import uuid
from typing import Iterator

from ... import errors
from ..storage import folder_locks
from . import layout

# Programs of tensorflow_hub before 0.12 have the lock for a moment if they only load.
_SECONDS_TO_WAIT = 10.0
_SECONDS_BETWEEN = 0.05
_LONGEST_CONTENT = 4096


@contextlib.contextmanager
def hold(cache: str, folder: str) -> Iterator[None]:
    """Locks a module against downloads, and the cache against this program.

    Args:
      cache: the path of the cache, which exists.
      folder: the path of the module's folder in it.

    Raises:
      errors.InputError: if another program has a lock for several seconds.
      OSError: if nothing can be created in the cache.
    """
    with contextlib.ExitStack() as stack:
        descriptor = _lock_cache(cache)
        if descriptor is not None:
            stack.callback(os.close, descriptor)
        stack.enter_context(_holding_file(folder))
        yield


def _lock_cache(cache: str) -> int | None:
    """Returns the descriptor of the lock, or None if the file system has no locks."""
    end = time.monotonic() + _SECONDS_TO_WAIT
    refusal = (
        f"'{cache}' must be free, found that another efficientnet-hub changes it: try "
        "again when that has ended"
    )
    while True:
        try:
            return folder_locks.lock_or_refuse(cache, refusal)
        except errors.InputError:
            if time.monotonic() > end:
                raise
        time.sleep(_SECONDS_BETWEEN)


@contextlib.contextmanager
def _holding_file(folder: str) -> Iterator[None]:
    path = folder + layout.LOCK_ENDING
    content = layout.lock_content(uuid.uuid4().hex)
    end = time.monotonic() + _SECONDS_TO_WAIT
    try:
        while not _create(path, content):
            remove_abandoned(folder)
            if os.path.lexists(path) and time.monotonic() > end:
                raise _make_error(path)
            time.sleep(_SECONDS_BETWEEN)
        yield
    finally:
        # A program may have taken it for abandoned, and have its own there.
        if _read(path) == content:
            os.remove(path)


def remove_abandoned(folder: str) -> None:
    """Removes the lock file of a process that has ended, and what it downloaded.

    Args:
      folder: the path of the module's folder.

    Raises:
      OSError: if it cannot be removed.
    """
    path = folder + layout.LOCK_ENDING
    if _is_abandoned(path, folder):
        lock = layout.parse_lock(_read(path))
        if lock is not None and _has_ended(lock):
            # Nothing else names this folder.
            download = layout.download_folder(folder, lock.unique)
            shutil.rmtree(download, ignore_errors=True)
        with contextlib.suppress(FileNotFoundError):
            os.remove(path)


def _create(path: str, content: str) -> bool:
    """Creates a lock file; returns False if there is one."""
    try:
        descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666)
    except FileExistsError:
        return False
    try:
        with errors.naming(path), os.fdopen(descriptor, "w") as file:
            file.write(content)
    except BaseException:
        os.remove(path)
        raise
    return True


def _read(path: str) -> str:
    """Returns the content of a lock file; '' if there is none, or something else."""
    if not os.path.isfile(path):
        return ""
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.read(_LONGEST_CONTENT)
    except OSError:
        return ""


def _is_abandoned(path: str, folder: str) -> bool:
    """Returns whether the program of a lock file has ended, or downloads nothing."""
    if not os.path.isfile(path) or os.path.islink(path):
        return False
    changed = [path]
    lock = layout.parse_lock(_read(path))
    if lock is not None:
        if _has_ended(lock):
            return True
        changed += _list_below(layout.download_folder(folder, lock.unique))
    return time.time() - _find_newest(changed) > layout.SECONDS_UNTIL_ABANDONED


def _has_ended(lock: layout.Lock) -> bool:
    return lock.host == socket.gethostname() and not _is_running(lock.process)


def _is_running(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:  # It is another user's.
        pass
    return not _is_zombie(process)


def _is_zombie(process: int) -> bool:
    """Returns whether a process has ended, and its parent has not asked for its status.

    In a container, the first process may never ask.
    """
    try:
        with open(f"/proc/{process}/stat", "rb") as file:
            content = file.read()
    except OSError:  # It is no Linux, or the process has ended now.
        return False
    # The name before it may have spaces and parentheses.
    return content.rpartition(b")")[2].split()[:1] == [b"Z"]


def _list_below(folder: str) -> list[str]:
    """Returns the paths of a folder and all files below it; none if there is none."""
    found = []
    for parent, _, names in os.walk(folder):
        found += [parent, *(os.path.join(parent, name) for name in names)]
    return found


def _find_newest(paths: list[str]) -> float:
    """Returns when one of these files or folders last changed."""
    times = [0.0]
    for each in paths:
        with contextlib.suppress(OSError):
            times.append(os.lstat(each).st_mtime)
    return max(times)


def _make_error(path: str) -> errors.InputError:
    return errors.InputError(
        f"'{path}' must not exist, found the lock of a program that downloads this "
        "module now: try again when it has ended, or remove the file if no such "
        "program runs"
    )
