"""Folders that keep the work of a run, which one process uses at a time."""

from __future__ import annotations

import contextlib
import os
from typing import Iterator

from . import folder_locks, temporary_folders


@contextlib.contextmanager
def hold(folder: str, refusal: str) -> Iterator[None]:
    """Creates a folder, and locks it for this process.

    A new folder that is empty after an error, because an input is wrong, is removed.

    Args:
      folder: the folder. Missing folders above it are created too.
      refusal: the message of the error if another process uses the folder.

    Raises:
      errors.InputError: if another process uses it.
      OSError: if it cannot be created.
    """
    with temporary_folders.making_parents(os.path.abspath(folder)):
        descriptor = folder_locks.lock_or_refuse(folder, refusal)
        try:
            yield
        finally:
            if descriptor is not None:
                os.close(descriptor)
