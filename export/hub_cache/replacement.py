"""Moves a module to its place in the cache, also if another one is there.

If the system can exchange two names, a program finds a whole module at every moment.
Otherwise the old module is moved aside first. If the process is killed between the two
renames, `restore` puts the old module back.
"""

from __future__ import annotations

import contextlib
import os
import shutil
from typing import Iterator

from ... import errors
from ..storage import renames
from . import stored_module


@contextlib.contextmanager
def refusing_others(stored: stored_module.StoredModule) -> Iterator[None]:
    """Explains an error of the system about a module of another user.

    Raises:
      errors.InputError: if the body has no right to change the module.
    """
    try:
        yield
    except PermissionError as error:
        raise errors.InputError(
            f"'{stored.folder}' must be a module that you may change, found the error "
            f"'{error.strerror}': does it belong to another user?"
        ) from error


def put(staged: str, stored: stored_module.StoredModule) -> None:
    """Moves a folder to the place of a module.

    Args:
      staged: a folder in the same file system. What was in its place may be there
        afterwards: the caller removes it.
      stored: the place, whose lock this process holds.

    Raises:
      OSError: if the system cannot rename. The cache is then as it was.
    """
    if stored.is_free():
        with contextlib.suppress(FileNotFoundError):
            os.rmdir(stored.folder)  # It is empty.
        renames.rename_new(staged, stored.folder)
    elif not renames.exchange(staged, stored.folder):
        _move_aside_and_put(staged, stored)


def _move_aside_and_put(staged: str, stored: stored_module.StoredModule) -> None:
    try:
        os.rename(stored.folder, stored.aside)
        os.rename(staged, stored.folder)
    except BaseException:
        restore(stored)
        raise
    shutil.rmtree(stored.aside)


def restore(stored: stored_module.StoredModule) -> None:
    """Puts a module back that was moved aside, if nothing came to its place.

    Args:
      stored: the place, whose lock this process holds.
    """
    if os.path.islink(stored.aside) or not os.path.isdir(stored.aside):
        return
    if os.path.lexists(stored.folder):
        shutil.rmtree(stored.aside)
    else:
        os.rename(stored.aside, stored.folder)
