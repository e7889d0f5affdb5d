"""Checks whether files are JPEG or PNG files, by their content."""

from __future__ import annotations

import contextlib
from typing import Iterator

from . import digests, errors

# The first bytes of a file.
_JPEG = b"\xff\xd8\xff"
_PNG = b"\x89PNG\r\n\x1a\n"


def check_format(path: str) -> None:
    """Checks that a file starts with the signature of a JPEG or PNG file.

    The name of the file does not matter. Without this check, TensorFlow would also
    decode a GIF of one frame, and PIL many other formats.

    Args:
      path: the file.

    Raises:
      errors.InputError: if the file has another format or cannot be read.
    """
    with _report_unreadable(path), open(path, "rb") as file:
        start = file.read(len(_PNG))
    if not start.startswith((_JPEG, _PNG)):
        raise errors.InputError(
            f"'{path}' must be a JPEG or PNG file, found a file that starts with "
            f"{start!r}: does it have another format?"
        )


def sha256(path: str) -> str:
    """Returns the SHA-256 of a JPEG or PNG file in hexadecimal.

    Args:
      path: the file.

    Raises:
      errors.InputError: if the file has another format or cannot be read.
    """
    check_format(path)
    with _report_unreadable(path):
        return digests.of_file(path)


@contextlib.contextmanager
def _report_unreadable(path: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise errors.InputError(f"'{path}' cannot be read: {error.strerror}") from error
