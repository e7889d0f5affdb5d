"""Folders that are moved aside so that new ones can take their places.

A system that cannot exchange two names needs two renames to replace a folder. If the
process is killed between them, the old folder is only in a temporary folder beside the
destination. A record says the name of the destination, so that the old folder is
restored before the temporary folder is removed.
"""

from __future__ import annotations

import contextlib
import os

from . import renames

_ENDING = ".replaced"
_RECORD_ENDING = ".name"
# The number of bytes that file systems allow in a name.
LONGEST_NAME = 255


def name_aside(staged: str) -> str:
    """Returns where the old content is while a staged file or folder replaces it."""
    return staged + _ENDING


def move_aside(destination: str, staged: str) -> None:
    """Moves a folder aside for the one that replaces it.

    Args:
      destination: the folder.
      staged: the path of the new folder, in a temporary folder beside the destination.

    Raises:
      OSError: if it cannot be moved.
    """
    aside = name_aside(staged)
    with open(aside + _RECORD_ENDING, "wb") as record:
        record.write(os.fsencode(os.path.basename(os.path.abspath(destination))))
    os.rename(destination, aside)


def restore_in(folder: str) -> None:
    """Moves the folders that were moved aside back, unless something is in their place.

    Args:
      folder: the temporary folder of a process that ended or is about to end.
    """
    with contextlib.suppress(OSError):  # The folder may be another user's.
        for name in os.listdir(folder):
            if name.endswith(_ENDING):
                _restore(folder, os.path.join(folder, name))


def _restore(folder: str, aside: str) -> None:
    # The record may be missing or damaged.
    with contextlib.suppress(OSError, ValueError):
        with open(aside + _RECORD_ENDING, "rb") as record:
            name = os.path.basename(os.fsdecode(record.read(LONGEST_NAME)))
        destination = os.path.join(os.path.dirname(os.path.abspath(folder)), name)
        if not os.path.lexists(destination):
            renames.rename_new(aside, destination)
