"""Builders of one collection take turns."""

from __future__ import annotations

import contextlib
import fcntl
import os
from typing import Iterator

from ... import errors


@contextlib.contextmanager
def held(folder: str) -> Iterator[int]:
    """Waits until no other process builds in a folder.

    Args:
      folder: of the collection; made where it is not there.

    Yields:
      The descriptor that holds the lock. The system lets go of it when the last process
      that has it is dead, so that what a killed build has started ends first.

    Raises:
      errors.InputError: if the folder cannot be written.
    """
    try:
        os.makedirs(folder, exist_ok=True)
        descriptor = os.open(folder, os.O_RDONLY)
    except OSError as error:
        raise _not_writable(folder, error.strerror) from error
    if not os.access(folder, os.W_OK):
        os.close(descriptor)
        raise _not_writable(folder, "its permissions, or the file system's, forbid it")
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield descriptor
    finally:
        os.close(descriptor)


def _not_writable(folder: str, why: str) -> errors.InputError:
    return errors.InputError(f"'{folder}' must be a folder that can be written: {why}")
