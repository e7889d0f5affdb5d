"""Lists the modules in the cache of tensorflow_hub."""

from __future__ import annotations

import dataclasses
import functools
import os
from typing import Iterator, Sequence

from ... import errors
from ..collection import comparison
from . import observation, stored_module, wholeness

MATCHES, DIFFERS, NO_MANIFEST = "matches", "differs", "none"


@dataclasses.dataclass(frozen=True)
class ListedModule:
    """A module in the cache.

    Attributes:
      handle: what a program gives to tensorflow_hub to load it; None if no descriptor
        file says it.
      folder: the path of its folder.
      bytes: the size of its files.
      format: 'hub', 'savedmodel', or None if it has no graph: it is damaged.
      manifest: 'matches' if the files are those of the manifest, 'differs' if they are
        not, 'none' if the module was installed without a manifest.
      differences: a sentence for each difference.
      damage: a sentence that says why no program can load it; None if nothing does.
    """

    handle: str | None
    folder: str
    bytes: int
    format: str | None
    manifest: str
    differences: Sequence[str]
    damage: str | None

    @property
    def is_sound(self) -> bool:
        """Whether nothing is wrong with it, as far as its files say."""
        return self.damage is None and self.manifest != DIFFERS


def list_modules(cache: str) -> Iterator[ListedModule]:
    """Yields the modules in a cache; executes nothing.

    Args:
      cache: the absolute path of the cache. It may not exist.

    Raises:
      OSError: if the cache cannot be read.
    """
    if not os.path.isdir(cache):
        return
    for stored in stored_module.iterate(cache):
        described = observation.observe(stored, functools.partial(_describe, stored))
        if described is not None:
            yield described


def _describe(stored: stored_module.StoredModule) -> ListedModule | None:
    """Returns what a module is like; None if another program removed it."""
    if not os.path.lexists(stored.folder):
        return None
    differences = _find_differences(stored)
    state = NO_MANIFEST
    if os.path.lexists(stored.manifest):
        state = DIFFERS if differences else MATCHES
    return ListedModule(
        handle=stored.read_handle(),
        folder=stored.folder,
        bytes=stored.measure(),
        format=stored.find_format(),
        manifest=state,
        differences=differences,
        damage=_find_damage(stored),
    )


def _find_damage(stored: stored_module.StoredModule) -> str | None:
    if stored.find_format() is not None:
        return _find_damaged_file(stored.folder)
    try:
        os.listdir(stored.folder)
        obstacle = stored.find_obstacle()
    except OSError as error:
        return (
            f"'{stored.folder}' must be a folder that can be read, found the error "
            f"'{error.strerror}'"
        )
    if obstacle is not None:
        return (
            f"'{stored.folder}' must be a module, found {obstacle}: move it to another "
            "place"
        )
    return (
        f"'{stored.folder}' must have a graph, saved_model.pb, found none: did a "
        "program delete old temporary files, so that you must install the module again "
        "with --overwrite?"
    )


def _find_damaged_file(folder: str) -> str | None:
    try:
        wholeness.check(folder, folder)
    except errors.InputError as error:
        return str(error)
    except OSError as error:
        return errors.describe(error)
    return None


def _find_differences(stored: stored_module.StoredModule) -> list[str]:
    if not os.path.lexists(stored.manifest):
        return []
    if not os.path.isdir(stored.folder):
        return [f"'{stored.folder}' is no folder"]
    try:
        return comparison.find_differences(stored.manifest, stored.folder)
    except errors.InputError as error:
        return [str(error)]
    except OSError as error:
        return [errors.describe(error)]
