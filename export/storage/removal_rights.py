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
      errors.InputError: if a folder in it, or the folder itself, cannot be written.
    """
    if os.path.islink(folder):
        return
    # A folder that cannot be listed has no write permission either, or no content.
    for path, _, _ in os.walk(folder):
        if not os.access(path, os.R_OK | os.W_OK | os.X_OK):
            raise errors.InputError(
                f"'{folder}' must be a folder that you may replace or remove, found "
                f"that '{path}' cannot be written: does it belong to another user?"
            )
