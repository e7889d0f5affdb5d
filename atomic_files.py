"""Writes files so that a reader finds the old content or the new, never a part."""

from __future__ import annotations

import contextlib
import os
from typing import Iterator

from . import errors

# Of the file that is written. A process that is killed leaves it.
EXTENSION = ".part"


@contextlib.contextmanager
def replace(path: str) -> Iterator[str]:
    """Yields the path of a new file, which takes the place of another at the end.

    Args:
      path: the path of the file that is replaced or created.

    Raises:
      OSError: if it cannot be written; its file name is a path.
      Exception: the body's. The old file is then as it was.
    """
    part = path + EXTENSION
    try:
        with errors.naming(path):
            yield part
        os.replace(part, path)
    except BaseException:
        with contextlib.suppress(OSError):
            os.remove(part)
        raise


def complete_name(name: str) -> str:
    """Returns the name of a file, also from that of its unfinished one."""
    return name[: -len(EXTENSION)] if name.endswith(EXTENSION) else name
