"""Chooses the folder that is the cache of the programs."""

from __future__ import annotations

import dataclasses
import os
from typing import Sequence

from ... import errors, paths
from ..storage import archive_reader
from . import layout


@dataclasses.dataclass(frozen=True)
class CacheFolder:
    """The cache of tensorflow_hub.

    Attributes:
      path: the absolute path of the folder, which may not exist.
      notes: sentences about what the programs need so that they find it.
      warnings: sentences about what may go wrong.
    """

    path: str
    notes: Sequence[str] = ()
    warnings: Sequence[str] = ()


def choose(path: str | None) -> CacheFolder:
    """Chooses the cache folder as tensorflow_hub does, unless the user names it.

    Args:
      path: the folder that the user names, or None.

    Raises:
      errors.InputError: if it cannot be a folder that TensorFlow reads.
    """
    if path is not None:
        chosen = os.path.abspath(_check("cache_dir", path))
        return CacheFolder(chosen, notes=_list_notes(chosen))
    variable = os.environ.get(layout.CACHE_VARIABLE)
    if variable:
        chosen = os.path.abspath(_check(layout.CACHE_VARIABLE, variable))
        return CacheFolder(chosen, warnings=_list_warnings(variable))
    chosen = os.path.abspath(_check("cache_dir", layout.default_folder()))
    warning = (
        f"'{chosen}' is a temporary folder, which is lost when the machine restarts: "
        f"set {layout.CACHE_VARIABLE}, here and for the programs, to keep the modules"
    )
    return CacheFolder(chosen, warnings=[warning])


def _list_notes(chosen: str) -> list[str]:
    variable = os.environ.get(layout.CACHE_VARIABLE)
    if variable and os.path.abspath(variable) == chosen:
        return []
    return [f"programs find it if they run with {layout.CACHE_VARIABLE}={chosen}"]


def _list_warnings(variable: str) -> list[str]:
    if os.path.isabs(variable):
        return []
    return [
        f"{layout.CACHE_VARIABLE} is the relative path '{variable}': only programs "
        f"that run in '{os.getcwd()}' find the modules"
    ]


def _check(name: str, path: str) -> str:
    """Returns a path that can be that of a folder, or of a new one."""
    paths.check(name, path)
    if not path:
        raise errors.InputError(f"{name} must be a path, found ''")
    if archive_reader.is_address(path):
        raise errors.InputError(
            f"{name} must be a folder on this machine, found the address '{path}': "
            "install to a folder, and copy it there"
        )
    paths.check_for_tensorflow(name, path)
    if os.path.lexists(path) and not os.path.isdir(path):
        found = "a link that leads nowhere" if os.path.islink(path) else "a file"
        raise errors.InputError(
            f"{name} must be a folder or a new path, found {found} at '{path}': give "
            "another path"
        )
    return path
