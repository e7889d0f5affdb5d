"""Checks that this user may remove a folder that another one replaces."""

from __future__ import annotations

import os

from ... import errors


def check(folder: str) -> None:
    """Checks that a folder with its content may be moved and removed.

    The system would only refuse it when the new folder is already in its place.

    Args:
      folder: a folder. Anything else may be removed.

    Raises:
      errors.InputError: if it, or a folder in it, cannot be listed or written.
    """
    if os.path.islink(folder) or not os.path.isdir(folder):
        return

    def refuse(path: str) -> None:
        if not os.path.lexists(path):  # Another process replaced or removed it.
            return
        raise errors.InputError(
            f"'{folder}' must be a folder that you may replace or remove, found that "
            f"'{path}' cannot be written: does it belong to another user?"
        )

    # `os.walk` does not return a folder that cannot be listed.
    for path, _, _ in os.walk(folder, onerror=lambda error: refuse(error.filename)):
        if not os.access(path, os.W_OK | os.X_OK):
            refuse(path)
