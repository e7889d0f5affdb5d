"""Reports errors that are not foreseen: one sentence, and the traceback in a file."""

from __future__ import annotations

import os
import tempfile
import traceback

from .. import errors, escaping


def describe(error: BaseException, where: str) -> str:
    """Returns a sentence about an error that is not foreseen.

    Args:
      error: the error.
      where: where its traceback is, e.g. "in 'file'".
    """
    found = escaping.cut(errors.first_line(error), 4 * escaping.MAX_VALUE)
    return (
        f"internal error: {type(error).__name__}: {found}: this is a mistake of "
        f"efficientnet-hub, please report it with the traceback, which is {where}"
    )


def write(error: BaseException) -> str:
    """Writes the traceback of an error to a file, and returns where it is."""
    text = "".join(traceback.format_exception(type(error), error, error.__traceback__))
    try:
        descriptor, path = tempfile.mkstemp(prefix="efficientnet-hub-", suffix=".txt")
        with os.fdopen(descriptor, "w", encoding="utf-8", errors="replace") as file:
            file.write(text)
    except OSError:
        return "shown with --verbosity=1"
    return f"in '{path}'"
