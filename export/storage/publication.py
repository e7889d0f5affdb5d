"""Moves finished files and directories to their destinations in one step.

Other programs see the old content or the new, never a part of it.
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import os
import shutil
import tempfile
from typing import Iterator

from ... import errors

_AT_FDCWD = -100
_RENAME_EXCHANGE = 2  # linux/fs.h
# Errors of renameat2 if the kernel or the file system cannot exchange names.
_CANNOT_EXCHANGE = (errno.ENOSYS, errno.EINVAL, errno.ENOTSUP, errno.EPERM)


def check_destination(path: str, overwrite: bool) -> None:
    """Checks that a file or directory may be published at a path.

    Args:
      path: the destination.
      overwrite: whether to replace what is there.

    Raises:
      errors.InputError: if something is there and `overwrite` is False, or the path
        cannot be written.
    """
    if os.path.lexists(path) and not overwrite:
        raise errors.InputError(
            f"'{path}' exists already: give another path, or --overwrite to replace it"
        )
    ancestor = os.path.dirname(os.path.abspath(path))
    while not os.path.lexists(ancestor):
        ancestor = os.path.dirname(ancestor)
    if not os.path.isdir(ancestor) or not os.access(ancestor, os.W_OK):
        raise errors.InputError(
            f"'{path}' must be in a folder that can be written, found that "
            f"'{ancestor}' is not one"
        )


def is_within(path: str, folder: str) -> bool:
    """Returns whether a path is a folder or below it, also through symbolic links."""
    path, folder = os.path.realpath(path), os.path.realpath(folder)
    return os.path.commonpath([path, folder]) == folder


def lie_apart(one: str, other: str) -> bool:
    """Returns whether neither of two paths is the other or below it."""
    return not is_within(one, other) and not is_within(other, one)


@contextlib.contextmanager
def staging(path: str) -> Iterator[str]:
    """Creates a temporary directory beside a destination, and removes it at the end.

    It is beside the destination so that a rename moves its content there in one step.

    Args:
      path: the destination. Missing folders above it are created, and removed again if
        the body raises an error.

    Yields:
      The temporary directory.

    Raises:
      errors.InputError: if the folders cannot be created.
    """
    parent, prefix = _split_staging(path)
    with contextlib.ExitStack() as undo:
        try:
            for folder in _list_missing_folders(parent):
                os.mkdir(folder)
                undo.callback(_remove_if_empty, folder)
            directory = tempfile.mkdtemp(prefix=prefix, dir=parent)
        except OSError as error:
            raise errors.InputError(
                f"'{path}' must be in a folder that can be written, found that "
                f"'{error.filename}' cannot be created: {error.strerror}"
            ) from error
        try:
            yield directory
        finally:
            shutil.rmtree(directory)
        undo.pop_all()  # Keep the folders above what was published.


def remove_staging(path: str) -> None:
    """Removes the temporary directories of `staging` that killed processes left.

    Args:
      path: the destination; no other process may publish to it at the same time.
    """
    parent, prefix = _split_staging(path)
    for name in os.listdir(parent) if os.path.isdir(parent) else ():
        if name.startswith(prefix):
            shutil.rmtree(os.path.join(parent, name))


def _split_staging(path: str) -> tuple[str, str]:
    """Returns the folder of the temporary directories and the prefix of their names."""
    parent, name = os.path.split(os.path.abspath(path))
    return parent, f".{name}.staging-"


def _list_missing_folders(path: str) -> list[str]:
    """Returns a folder and those above it that do not exist, the outermost first."""
    missing: list[str] = []
    while not os.path.isdir(path):
        missing.insert(0, path)
        path = os.path.dirname(path)
    return missing


def _remove_if_empty(folder: str) -> None:
    # Another program may have written files there in the meantime.
    with contextlib.suppress(OSError):
        os.rmdir(folder)


def publish(staged: str, destination: str, overwrite: bool) -> None:
    """Moves a file or directory to its destination.

    Args:
      staged: the finished file or directory, in a directory of `staging`.
      destination: the path to move it to. If the system can exchange two names, the
        destination has complete content at every moment.
      overwrite: whether to replace what is there.

    Raises:
      errors.InputError: if something is at the destination and `overwrite` is False:
        another program published there after `check_destination`.
    """
    if not overwrite:
        _publish_first(staged, destination)
    elif os.path.isdir(staged) and os.path.lexists(destination):
        if not _exchange(staged, destination):
            _move_aside(staged, destination)
    else:
        os.replace(staged, destination)


def _publish_first(staged: str, destination: str) -> None:
    """Moves to a destination that does not exist; the system refuses others."""
    try:
        if os.path.isdir(staged):
            os.rename(staged, destination)
        else:
            os.link(staged, destination)
    except OSError as error:
        if error.errno not in (errno.EEXIST, errno.ENOTEMPTY, errno.ENOTDIR):
            raise
        raise errors.InputError(
            f"'{destination}' must not exist, found a file or folder published by "
            "another program in the meantime: it is not changed"
        ) from error


def _exchange(one: str, other: str) -> bool:
    """Exchanges two names in one step; returns whether the system can do that."""
    renameat2 = getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None)
    if renameat2 is None:
        return False
    paths = os.fsencode(one), os.fsencode(other)
    status = renameat2(_AT_FDCWD, paths[0], _AT_FDCWD, paths[1], _RENAME_EXCHANGE)
    if status == 0:
        return True
    code = ctypes.get_errno()
    if code in _CANNOT_EXCHANGE:
        return False
    raise OSError(code, os.strerror(code), other)


def _move_aside(staged: str, destination: str) -> None:
    """Replaces a directory in two steps; restores the old one if the second fails."""
    aside = staged + ".replaced"
    os.rename(destination, aside)
    try:
        os.rename(staged, destination)
    except BaseException:
        os.rename(aside, destination)
        raise
