"""Lists folders in which other processes create and remove files at that moment."""

from __future__ import annotations

import pathlib


def find(folder: pathlib.Path, pattern: str) -> list[pathlib.Path]:
    """Returns the paths in a folder that match a pattern, as `Path.glob` does.

    `glob` fails if a folder disappears after it is found and before it is listed. What
    matches is unknown then, and the list is empty: the caller asks again.
    """
    try:
        return list(folder.glob(pattern))
    except FileNotFoundError:
        return []
