"""The files of one module in the cache, and what is there."""

from __future__ import annotations

import dataclasses
import os
from typing import Iterator

from ..saved_model import module_files
from ..writers import formats
from . import layout

MANIFEST_ENDING = ".manifest.json"  # Only this program writes it.
# Where the old module is while a new one takes its place, if names cannot be exchanged.
_ASIDE_ENDING = ".replaced"
_TEXT_GRAPH = "saved_model.pbtxt"
_LONGEST_DESCRIPTOR = 2**16


@dataclasses.dataclass(frozen=True)
class StoredModule:
    """A module in the cache, or the place for one.

    Attributes:
      folder: the path of its folder.
    """

    folder: str

    @property
    def descriptor(self) -> str:
        """The path of the file that says which handle the module has."""
        return self.folder + layout.DESCRIPTOR_ENDING

    @property
    def manifest(self) -> str:
        """The path of the copy of the manifest that the module was installed with."""
        return self.folder + MANIFEST_ENDING

    @property
    def aside(self) -> str:
        """The path of the module that is being replaced."""
        return self.folder + _ASIDE_ENDING

    @property
    def name(self) -> str:
        """The name of the folder, the SHA-1 of the handle."""
        return os.path.basename(self.folder)

    def read_handle(self) -> str | None:
        """Returns the handle that the descriptor says, None if it says none."""
        if not os.path.isfile(self.descriptor):
            return None
        try:
            with open(self.descriptor, encoding="utf-8", errors="replace") as file:
                return layout.find_handle(file.read(_LONGEST_DESCRIPTOR), self.name)
        except OSError:
            return None

    def find_format(self) -> str | None:
        """Returns the format of the module by its files, None if it has no graph."""
        names = (module_files.SAVED_MODEL_FILE, _TEXT_GRAPH)
        if not any(os.path.isfile(os.path.join(self.folder, each)) for each in names):
            return None
        is_hub = os.path.isfile(os.path.join(self.folder, module_files.MODULE_FILE))
        return formats.HUB if is_hub else formats.SAVED_MODEL

    def find_obstacle(self) -> str | None:
        """Returns what is at the folder's path that is no module; None if nothing is.

        An empty folder, and the rest of a module that a program downloaded, are no
        obstacles.
        """
        if os.path.islink(self.folder):
            return "a symbolic link"
        if not os.path.lexists(self.folder):
            return None
        if not os.path.isdir(self.folder):
            return "a file"
        if os.path.ismount(self.folder):
            return "a mount point"
        is_known = self.find_format() is not None or self.read_handle() is not None
        if is_known or not os.listdir(self.folder):
            return None
        return "a folder that is not a module"

    def is_free(self) -> bool:
        """Returns whether nothing, or an empty folder, is at the folder's path.

        `find_obstacle` must have found none.
        """
        return not os.path.lexists(self.folder) or not os.listdir(self.folder)

    def measure(self) -> int:
        """Returns the size of the files in the folder, in bytes."""
        total = 0
        for parent, _, names in os.walk(self.folder):
            for name in names:
                try:
                    total += os.lstat(os.path.join(parent, name)).st_size
                except OSError:  # Another program removed it.
                    continue
        return total


def at(cache: str, handle: str) -> StoredModule:
    """Returns the place of a module in a cache."""
    return StoredModule(os.path.join(cache, layout.folder_name(handle)))


def iterate(cache: str) -> Iterator[StoredModule]:
    """Yields the modules in a cache that exists, in the order of their names."""
    for name in sorted(os.listdir(cache)):
        stored = StoredModule(os.path.join(cache, name))
        if layout.is_folder_name(name) and os.path.lexists(stored.folder):
            yield stored
