"""The refusal of a file, and the names in it as messages show them."""

from __future__ import annotations

import contextlib
from typing import Iterator

from .... import errors

# Longer than the names of real files, and short enough for one line of a terminal.
_LONGEST_QUOTE = 80


class RefusedError(Exception):
    """A file is refused. The message is a sentence without its subject, the file.

    Args:
      expected: What a good file has in this place.
      found: What this file has there instead.
      cause: The likely cause.

    Attributes:
      parts: The three arguments.
    """

    parts: tuple[str, str, str]

    def __init__(self, expected: str, found: str, cause: str):
        super().__init__(f"must hold {expected}, found {found}: probably {cause}")
        self.parts = (expected, found, cause)


@contextlib.contextmanager
def naming(place: str, content: str) -> Iterator[None]:
    """Makes an `errors.InputError` of the refusal of a file.

    Args:
      place: The file, e.g. "PyTorch file 'a.pth'".
      content: What it must hold, e.g. 'a PyTorch state dict'.
    """
    try:
        yield
    except RefusedError as error:
        raise errors.InputError(f"{place} {error}") from error
    except MemoryError as error:
        raise errors.InputError(
            f"{place} must hold {content}, found one that takes more memory than "
            "there is: probably the file was damaged or made to do so"
        ) from error


def quoted(name: str) -> str:
    """Returns a name in quotes, escaped, and cut to fit into a message."""
    shown = repr(name[:_LONGEST_QUOTE])
    return shown if len(name) <= _LONGEST_QUOTE else f"{shown} (cut)"
