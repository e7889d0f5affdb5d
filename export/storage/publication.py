"""Brings what was built into view in one step, whole or not at all."""

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
# What renameat2 says where the kernel or the file system cannot exchange.
_CANNOT_EXCHANGE = (errno.ENOSYS, errno.EINVAL, errno.ENOTSUP, errno.EPERM)


def check_destination(path: str, overwrite: bool) -> None:
    """Checks that something may be published at a path.

    Raises:
      errors.InputError: if there is something and `overwrite` is not said, or the
        path cannot be written.
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
            f"'{path}' must be in a folder that can be written, which "
            f"'{ancestor}' is not"
        )


def is_within(path: str, folder: str) -> bool:
    """Whether a path is another, or lies below it, also by symbolic links."""
    path, folder = os.path.realpath(path), os.path.realpath(folder)
    return os.path.commonpath([path, folder]) == folder


def lie_apart(one: str, other: str) -> bool:
    """Whether neither of two paths is the other, or lies below it."""
    return not is_within(one, other) and not is_within(other, one)


@contextlib.contextmanager
def staging(path: str) -> Iterator[str]:
    """Gives a temporary directory beside a destination, gone in the end.

    Beside it, so that a rename from one to the other is a single step.

    Args:
      path: the destination; missing folders above it are made, and removed again
        if the body raises.

    Raises:
      errors.InputError: if the folders cannot be made.
    """
    parent, prefix = _parent_and_prefix(path)
    with contextlib.ExitStack() as undo:
        try:
            for folder in _missing_folders(parent):
                os.mkdir(folder)
                undo.callback(_remove_if_empty, folder)
            directory = tempfile.mkdtemp(prefix=prefix, dir=parent)
        except OSError as error:
            raise errors.InputError(
                f"'{path}' must be in a folder that can be written, but making "
                f"'{error.filename}' failed: {error.strerror}"
            ) from error
        try:
            yield directory
        finally:
            shutil.rmtree(directory)
        undo.pop_all()  # What was published stays, and the folders above it.


def remove_staging(path: str) -> None:
    """Removes what processes that were killed left of `staging`.

    Args:
      path: the destination, to which nobody publishes just now.
    """
    parent, prefix = _parent_and_prefix(path)
    for name in os.listdir(parent) if os.path.isdir(parent) else ():
        if name.startswith(prefix):
            shutil.rmtree(os.path.join(parent, name))


def _parent_and_prefix(path: str) -> tuple[str, str]:
    """Returns where the temporary directories are, and how their names begin."""
    parent, name = os.path.split(os.path.abspath(path))
    return parent, f".{name}.staging-"


def _missing_folders(path: str) -> list[str]:
    """Returns what does not exist of a folder and those above it, outermost first."""
    missing = []
    while not os.path.isdir(path):
        missing.insert(0, path)
        path = os.path.dirname(path)
    return missing


def _remove_if_empty(folder: str) -> None:
    # Somebody else may have put something there in the meantime.
    with contextlib.suppress(OSError):
        os.rmdir(folder)


def publish(staged: str, destination: str, overwrite: bool) -> None:
    """Moves a file or directory to its destination.

    Args:
      staged: what was built, in the `staging` directory of the destination.
      destination: where it is to be seen. At no moment is nothing whole there, if
        there was something before and the system can exchange two names at once.
      overwrite: whether to replace what is there.

    Raises:
      errors.InputError: if somebody else published there since it was checked, and
        `overwrite` is not said.
    """
    if not overwrite:
        _publish_first(staged, destination)
    elif os.path.isdir(staged) and os.path.lexists(destination):
        if not _exchange(staged, destination):
            _move_aside(staged, destination)
    else:
        os.replace(staged, destination)


def _publish_first(staged: str, destination: str) -> None:
    """Moves to a destination where nothing is; the system refuses where there is."""
    try:
        if os.path.isdir(staged):
            os.rename(staged, destination)
        else:
            os.link(staged, destination)
    except OSError as error:
        if error.errno not in (errno.EEXIST, errno.ENOTEMPTY, errno.ENOTDIR):
            raise
        raise errors.InputError(
            f"'{destination}' was published by another program in the meantime: "
            "it is left as it is"
        ) from error


def _exchange(one: str, other: str) -> bool:
    """Exchanges two names in one step; returns whether the system could."""
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
    """Replaces a directory in two steps; what was there returns if one fails."""
    aside = staged + ".replaced"
    os.rename(destination, aside)
    try:
        os.rename(staged, destination)
    except BaseException:
        os.rename(aside, destination)
        raise
