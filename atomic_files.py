"""Writes files so that a reader finds the old content or the new, never a part."""

from __future__ import annotations

import contextlib
import os
from typing import Iterator

from . import errors

# The extension of the new file. A process that is killed leaves this file.
EXTENSION = ".part"


@contextlib.contextmanager
def replace(path: str) -> Iterator[str]:
    """Yields the path of a new file, which takes the place of another at the end.

    Args:
      path: the path of the file that is replaced or created.

    Raises:
      OSError: if the file cannot be written.
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
    """Returns the name that a file has when it is finished."""
    return name[: -len(EXTENSION)] if name.endswith(EXTENSION) else name
