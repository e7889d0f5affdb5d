"""Checks and completes the paths that users give, before they are used."""

from __future__ import annotations

import os

from . import errors

# TensorFlow looks for checkpoints by patterns (Env::GetMatchingPaths). A path with one
# of these characters is then a pattern that does not match itself.
_PATTERN_CHARACTERS = "*?[\\"


def expand(path: str) -> str:
    """Returns a path with `~` at its start replaced by the user's home.

    A shell does this for arguments such as `~/module`, but not for
    `--output=~/module`.
    """
    return os.path.expanduser(path)


def check(name: str, path: str) -> None:
    """Checks that the system and all programs can use a path.

    Args:
      name: what the path is, for the message, e.g. 'output'.
      path: the path.

    Raises:
      errors.InputError: if it is no text, has a NUL, or is not valid UTF-8.
    """
    if not isinstance(path, (str, os.PathLike)):
        raise errors.InputError(f"{name} must be a path, found {path!r}")
    text = os.fspath(path)
    if not isinstance(text, str):
        raise errors.InputError(f"{name} must be a path as text, found {path!r}")
    if "\0" in text:
        raise errors.InputError(
            f"{name} must be a path, found {text!r}, which contains a NUL: is it the "
            "content of a file?"
        )
    try:
        text.encode("utf-8")
    except UnicodeEncodeError as error:
        raise errors.InputError(
            f"{name} must be a path in UTF-8, found {text!r}: rename the file or folder"
        ) from error


def check_for_tensorflow(name: str, path: str) -> None:
    """Checks that TensorFlow can read and write a path, see also `check`.

    Args:
      name: what the path is, for the message, e.g. 'output'.
      path: the path. TensorFlow makes some paths absolute, so the current folder counts
        if the path is relative.

    Raises:
      errors.InputError: if `check` raises it, or TensorFlow takes the path for a
        pattern.
    """
    check(name, path)
    absolute = os.path.abspath(path)
    found = sorted(set(absolute) & set(_PATTERN_CHARACTERS))
    if found:
        raise errors.InputError(
            f"{name} must be a path without any of {' '.join(_PATTERN_CHARACTERS)}, "
            f"which TensorFlow takes for a pattern, found {found[0]!r} in "
            f"{absolute!r}: rename the folder, or use another one"
        )
