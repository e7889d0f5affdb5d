"""Checks that the file that `--weights` names is there."""

from __future__ import annotations

import os

from ... import errors, paths


def check(name: str, path: str, kind: str) -> None:
    """Checks that a path is that of a file.

    Args:
      name: what the path is, for the message.
      path: the path.
      kind: what the file must be, e.g. 'Keras file'.

    Raises:
      errors.InputError: if nothing is there, or it is no file.
    """
    paths.check("weights", path)
    paths.check_is_file(name, path)
    if not os.path.isfile(path):
        raise errors.InputError(
            f"weights must be a {kind}, found no file at '{path}': is the path "
            "mistyped?"
        )
