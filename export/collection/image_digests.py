"""Hashes the folders of images of a list, each once."""

from __future__ import annotations

import threading

from ...evaluation import image_folder


class ImageDigests:
    """The hashes of folders, for several threads.

    The modules of a list often share a folder, which may have many images.
    """

    def __init__(self) -> None:
        self._known: dict[str, str] = {}
        self._lock = threading.Lock()

    def compute(self, folder: str) -> str:
        """Returns the hash of a folder at the first call with it.

        Raises:
          errors.InputError: see `image_folder.read`.
        """
        with self._lock:
            if folder not in self._known:
                self._known[folder] = compute(folder)
            return self._known[folder]


def compute(folder: str) -> str:
    """Returns the hash of a folder of images, see `ImageFolder.compute_digest`.

    Raises:
      errors.InputError: see `image_folder.read`.
    """
    return image_folder.read(folder).compute_digest()
