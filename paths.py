"""Checks and completes the paths that users give, before they are used."""

from __future__ import annotations

import os
import stat

from . import errors

# TensorFlow looks for checkpoints by patterns (Env::GetMatchingPaths). A path with one
# of these characters is then a pattern that does not match itself.
_PATTERN_CHARACTERS = "*?[\\"

_KINDS = (
    (stat.S_ISFIFO, "a named pipe"),
    (stat.S_ISSOCK, "a socket"),
    (stat.S_ISCHR, "a character device"),
    (stat.S_ISBLK, "a block device"),
)


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


def check_is_file(name: str, path: str) -> None:
    """Checks that opening a path does not wait, and that reading it ends.

    Args:
      name: what the path is, for the message, e.g. "labels file 'a.txt'".
      path: the path. If nothing is there, or a folder, opening it raises an OSError,
        which the caller describes.

    Raises:
      errors.InputError: if it is a named pipe, a socket or a device.
    """
    try:
        mode = os.stat(path).st_mode
    except OSError:
        return
    for is_kind, kind in _KINDS:
        if is_kind(mode):
            raise errors.InputError(
                f"{name} must be a file, found {kind}: write its content to a file "
                "first"
            )


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
