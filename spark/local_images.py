"""Checks a folder of this machine for what Spark reads wrong, or does not read."""

from __future__ import annotations

import os
import re
from typing import Iterator

from .. import errors, escaping
from ..photographs import folders

_LOCAL = re.compile(r"file:(?://)?(/.*)", re.S)


def check(address: str) -> None:
    """Checks the folders and the names of the images in a folder.

    Args:
      address: of the folder, as Hadoop writes it. Only 'file:' addresses are checked.

    Raises:
      errors.InputError: if Spark would read a folder twice, or again and again, because
        of a link to it; or if the name of an image has a colon, with which Hadoop
        cannot read the file's checksum.
    """
    local = _LOCAL.fullmatch(address)
    if local is None:
        return
    mistakes = errors.Mistakes()
    for message in _find_mistakes(local.group(1)):
        mistakes.add(message)
    mistakes.raise_any()


def _find_mistakes(root: str) -> Iterator[str]:
    visited: dict[tuple[int, int], str] = {}
    for parent, names, files in os.walk(root, followlinks=True):
        status = os.stat(parent)
        first = visited.setdefault((status.st_dev, status.st_ino), parent)
        if first != parent:
            names.clear()
            yield (
                f"{escaping.show_value(parent)} must be a folder that is read once, "
                f"found a link to {escaping.show_value(first)}, which Spark reads too: "
                "remove the link, or run without --master"
            )
            continue
        # Spark skips the others.
        names[:] = sorted(name for name in names if name[0] not in "._")
        for name in sorted(files):
            if ":" in name and folders.is_image(name):
                yield (
                    f"{escaping.show_value(os.path.join(parent, name))} must have a "
                    "name without ':', found one, with which Spark cannot read the "
                    "file: rename it, or run without --master"
                )
