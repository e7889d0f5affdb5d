"""Temporary folders, which are removed even if their process is interrupted or killed.

A process locks each of its temporary folders. Therefore another process can tell a
folder that a killed process left from one that is in use, and remove it.
"""

from __future__ import annotations

import binascii
import contextlib
import os
import re
import shutil
import tempfile
from typing import Iterator

from ... import paths
from . import folder_locks, replaced_folders

_SYSTEM_PREFIX = "efficientnet-hub-tmp-"
_RANDOM_BYTES = 8
_RANDOM_PART = re.compile(f"[0-9a-f]{{{2 * _RANDOM_BYTES}}}")

# The temporary folders of this process, with the descriptor of the lock if there is
# one, and the folders above them that were made for them.
_folders: dict[str, int | None] = {}
_parents: list[str] = []


@contextlib.contextmanager
def in_system_folder() -> Iterator[str]:
    """Creates a folder among the system's temporary files; removes it at the end.

    Raises:
      errors.InputError: if TensorFlow could not read files there.
    """
    parent = tempfile.gettempdir()
    paths.check_for_tensorflow("the folder for temporary files (TMPDIR)", parent)
    remove_abandoned(parent, _SYSTEM_PREFIX)
    path = create_in_system_folder()
    try:
        yield path
    finally:
        remove(path)


def create_in_system_folder() -> str:
    """Creates a folder among the system's temporary files, see `create`."""
    return create(tempfile.gettempdir(), _SYSTEM_PREFIX)


def create(parent: str, prefix: str) -> str:
    """Creates and locks a folder that only this user can read.

    Args:
      parent: the folder to create it in.
      prefix: the start of its name.

    Raises:
      OSError: if it cannot be created.
    """
    while True:
        name = prefix + binascii.hexlify(os.urandom(_RANDOM_BYTES)).decode()
        path = os.path.join(parent, name)
        # It is noted before it exists: an interruption can come at any time.
        _folders[path] = None
        try:
            os.mkdir(path, 0o700)
        except FileExistsError:
            del _folders[path]
            continue
        except OSError:
            del _folders[path]
            raise
        if _lock(path):
            return path
        _forget(path)


def _lock(path: str) -> bool:
    """Locks a new folder; returns whether it is still there.

    Until it is locked, another process can take it for an abandoned one.
    """
    try:
        _folders[path] = folder_locks.lock(path, wait=True)
    except FileNotFoundError:
        return False
    except OSError:  # The file system has no locks, so nobody takes it for abandoned.
        return True
    return os.path.isdir(path)


def remove(path: str) -> None:
    """Removes a folder that `create` created."""
    _delete(path)
    _forget(path)


def _delete(path: str) -> None:
    replaced_folders.restore_in(path)
    shutil.rmtree(path, ignore_errors=True)


def _forget(path: str) -> None:
    descriptor = _folders.pop(path, None)
    if descriptor is not None:
        os.close(descriptor)


def remove_abandoned(parent: str, prefix: str) -> None:
    """Removes the folders of processes that ended without removing them.

    Args:
      parent: the folder they are in.
      prefix: the start of their names.
    """
    names: list[str] = []
    with contextlib.suppress(OSError):
        names = os.listdir(parent)
    for name in names:
        path = os.path.join(parent, name)
        if is_name(name, prefix) and not os.path.islink(path):
            _remove_if_abandoned(path)


def is_name(name: str, prefix: str) -> bool:
    """Returns whether `create` may have given a name to a folder with a prefix.

    A user's folder may have the prefix, but not the random digits.
    """
    random_part = name[len(prefix) :]
    return name.startswith(prefix) and bool(_RANDOM_PART.fullmatch(random_part))


def _remove_if_abandoned(path: str) -> None:
    descriptor = None
    # It may be another user's, or another process removes it at the same time.
    with contextlib.suppress(OSError):
        descriptor = folder_locks.lock(path, wait=False)
    if descriptor is not None:
        _delete(path)
        os.close(descriptor)


@contextlib.contextmanager
def making_parents(parent: str) -> Iterator[None]:
    """Creates a folder and those above it; removes the new ones again after an error.

    Folders that other programs have written to in the meantime are kept.

    Raises:
      OSError: if a folder cannot be created.
    """
    made: list[str] = []
    try:
        missing = _list_missing(parent)
        while missing:
            folder = missing[0]
            made.append(folder)
            _parents.append(folder)
            if not _make(folder):
                made.remove(folder)
                _parents.remove(folder)
            missing = _list_missing(parent)
        yield
    except BaseException:
        _remove_empty(made)
        raise
    finally:
        for folder in made:
            _parents.remove(folder)


def _make(folder: str) -> bool:
    """Creates a folder; returns False if another process changed something just now.

    The other modules of a list are built at the same time, and have the same folders
    above them.

    Raises:
      OSError: if the folder cannot be created.
    """
    try:
        os.mkdir(folder)
    except FileExistsError:
        if not os.path.isdir(folder):
            raise
        return False
    except FileNotFoundError:  # The other one failed, and removed its empty folders.
        if os.path.isdir(os.path.dirname(folder)):
            raise
        return False
    return True


def _list_missing(path: str) -> list[str]:
    """Returns a folder and those above it that do not exist, the outermost first."""
    missing: list[str] = []
    while not os.path.isdir(path):
        missing.insert(0, path)
        path = os.path.dirname(path)
    return missing


def _remove_empty(folders: list[str]) -> None:
    for folder in reversed(folders):
        with contextlib.suppress(OSError):
            os.rmdir(folder)


def remove_all() -> None:
    """Removes all temporary folders of this process, which is about to end."""
    for path in list(_folders):
        remove(path)
    _remove_empty(list(_parents))
