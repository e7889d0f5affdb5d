"""Locks of folders, which the system releases when a process ends in any way."""

from __future__ import annotations

import fcntl
import os

from ... import errors


def lock_or_refuse(folder: str, refusal: str) -> int | None:
    """Locks a folder that one process may use at a time.

    Args:
      folder: an existing folder.
      refusal: the message of the error if another process uses the folder.

    Returns:
      See `lock`, or None if the file system has no locks.

    Raises:
      errors.InputError: if another process has the lock.
    """
    try:
        descriptor = lock(folder, wait=False)
    except OSError:
        return None
    if descriptor is None:
        raise errors.InputError(refusal)
    return descriptor


def lock(folder: str, wait: bool) -> int | None:
    """Locks a folder for this process.

    Args:
      folder: an existing folder.
      wait: whether to wait while another process has the lock.

    Returns:
      The file descriptor that holds the lock; `os.close` releases it. A process that
      inherits the descriptor holds the lock too. None if another process has the lock
      and `wait` is False.

    Raises:
      OSError: if the folder cannot be opened, or its file system has no locks.
    """
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
    except BlockingIOError:
        os.close(descriptor)
        return None
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor
