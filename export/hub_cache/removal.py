"""Removes a module from the cache of tensorflow_hub."""

from __future__ import annotations

import contextlib
import dataclasses
import os

from ... import errors
from ..storage import publication, removal_rights
from . import download_lock, observation, replacement, stored_module


@dataclasses.dataclass(frozen=True)
class Removed:
    """A module that is no longer in the cache.

    Attributes:
      folder: the path that its folder had.
      bytes: the size of its files.
    """

    folder: str
    bytes: int


def remove(handle: str, cache: str) -> Removed:
    """Removes a module, whoever installed or downloaded it.

    Args:
      handle: what the programs give to tensorflow_hub, see `handles.check`.
      cache: the absolute path of the cache.

    Raises:
      errors.InputError: if it is not there, or something else is.
      OSError: if it cannot be removed.
    """
    stored = stored_module.at(cache, handle)
    observation.observe(stored, lambda: _check(stored, handle, cache))
    publication.check_can_create(stored.folder)
    with contextlib.ExitStack() as stack:
        staging = stack.enter_context(publication.staging(stored.folder))
        stack.enter_context(replacement.refusing_others(stored))
        stack.enter_context(download_lock.hold(cache, stored.folder))
        replacement.restore(stored)
        size = stored.measure()
        # In one step, so that no program finds a part of it.
        with contextlib.suppress(FileNotFoundError):
            os.rename(stored.folder, os.path.join(staging, "module"))
        for path in (stored.descriptor, stored.manifest):
            with contextlib.suppress(FileNotFoundError):
                os.remove(path)
    return Removed(stored.folder, size)


def _check(stored: stored_module.StoredModule, handle: str, cache: str) -> None:
    """Raises errors.InputError if a module is not there, or cannot be removed."""
    if not os.path.isdir(cache) or not _is_there(stored):
        raise errors.InputError(
            f"'{handle}' must be in the cache '{cache}', found no module: list the "
            "modules with install --list"
        )
    obstacle = stored.find_obstacle()
    if obstacle is not None:
        raise errors.InputError(
            f"'{stored.folder}' must be a module, found {obstacle}: remove it yourself"
        )
    removal_rights.check(stored.folder)


def _is_there(stored: stored_module.StoredModule) -> bool:
    paths = (stored.folder, stored.aside, stored.descriptor, stored.manifest)
    return any(map(os.path.lexists, paths))
