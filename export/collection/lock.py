"""A lock that one builder at a time has on a collection."""

from __future__ import annotations

import contextlib
import os
from typing import Iterator

from ... import errors
from ..storage import folder_locks


@contextlib.contextmanager
def hold(folder: str) -> Iterator[int]:
    """Locks a folder; waits while another process builds in it.

    Args:
      folder: of the collection. It is created if it does not exist.

    Yields:
      The file descriptor that holds the lock. The system releases the lock when the
      last process that has the descriptor ends. So if a build is killed, the processes
      that it started end before another build starts.

    Raises:
      errors.InputError: if the folder cannot be written.
    """
    try:
        os.makedirs(folder, exist_ok=True)
        descriptor = folder_locks.lock(folder, wait=True)
    except OSError as error:
        reason = error.strerror or errors.first_line(error)
        raise _make_error(folder, reason) from error
    assert descriptor is not None  # It waits.
    try:
        if not os.access(folder, os.W_OK):
            reason = "its permissions or the file system forbid it"
            raise _make_error(folder, reason)
        yield descriptor
    finally:
        os.close(descriptor)


def _make_error(folder: str, reason: str) -> errors.InputError:
    return errors.InputError(
        f"'{folder}' must be a folder that can be written, found that it cannot be "
        f"written: {reason}"
    )
