"""Reads files of any origin, which may have any size."""

from __future__ import annotations

from . import errors, paths


def read(path: str, what: str, most: int) -> bytes:
    """Returns the content of a file, or the start of a file that is too large.

    Args:
      path: the file.
      what: what it must be, for messages, e.g. 'a YAML file'.
      most: the number of bytes that it may have. One more byte is returned of a larger
        file, which the caller refuses.

    Raises:
      errors.InputError: if it cannot be read, or is no file.
    """
    paths.check_is_file(f"'{path}'", path)
    try:
        with open(path, "rb") as file:
            return file.read(most + 1)
    except OSError as error:
        raise errors.InputError(
            f"'{path}' must be {what}, found an error when reading it: {error.strerror}"
        ) from error
