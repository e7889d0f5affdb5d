"""Lists the images of an evaluation: any number of each class."""

from __future__ import annotations

import dataclasses
import hashlib
import os
from typing import Iterator, Sequence

from .. import digests, errors
from .. import paths as paths_lib
from ..photographs import formats, image_files


@dataclasses.dataclass(frozen=True)
class ImageFolder:
    """Image files in folders of classes.

    Attributes:
      folder: as the user gave it.
      folders: the name of each class's folder, sorted.
      paths: the files that can be read, sorted by folder and path.
      labels: the index of each file's folder.
      digests: the SHA-256 of each file's content.
      unreadable: what is wrong with the others, by their paths.
    """

    folder: str
    folders: Sequence[str]
    paths: Sequence[str]
    labels: Sequence[int]
    digests: Sequence[str]
    unreadable: dict[str, errors.InputError]

    def compute_digest(self) -> str:
        """Returns a hash of all contents and class names, independent of paths."""
        return digests.of_texts(
            sorted(
                f"{self.folders[label]} {digest}"
                for label, digest in zip(self.labels, self.digests)
            )
        )


def read(folder: str) -> ImageFolder:
    """Lists and hashes the images of a folder.

    Args:
      folder: a folder that has a folder for each class. Its images may be in folders
        below it. Hidden files and folders, and files with other extensions than those
        of images, are ignored.

    Raises:
      errors.InputError: if it cannot be read, has no folder, or no image.
    """
    folders = list_folders(folder)
    paths: list[str] = []
    labels: list[int] = []
    contents: list[str] = []
    unreadable: dict[str, errors.InputError] = {}
    for label, name in enumerate(folders):
        for path in list_images(os.path.join(folder, name)):
            try:
                content = image_files.read(path)
            except errors.InputError as error:
                unreadable[path] = error
                continue
            paths.append(path)
            labels.append(label)
            contents.append(hashlib.sha256(content).hexdigest())
    if not paths and not unreadable:
        raise errors.InputError(
            f"'{folder}' must have folders with images ({', '.join(formats.EXTENSIONS)}"
            f"), found none in {len(folders)} folders: is it the parent of the right "
            "folder, or have the files another extension?"
        )
    return ImageFolder(folder, folders, paths, labels, contents, unreadable)


def list_folders(folder: str) -> list[str]:
    """Returns the names of the folders of classes, sorted.

    Raises:
      errors.InputError: if the folder cannot be read, or has no folder.
    """
    paths_lib.check("images", folder)
    try:
        names = sorted(
            entry.name
            for entry in os.scandir(folder)
            if entry.is_dir() and _is_wanted(entry.name)
        )
    except OSError as error:
        raise errors.InputError(
            f"'{folder}' must be a folder with a folder for each class, found one that "
            f"cannot be read ({error.strerror}): is it the right path?"
        ) from error
    for name in names:
        paths_lib.check("the name of a class's folder", name)
    if not names:
        raise errors.InputError(
            f"'{folder}' must have a folder for each class, found none: is it the "
            "folder of one class?"
        )
    return names


def _is_wanted(name: str) -> bool:
    # macOS adds folders with this name to archives.
    return not name.startswith(".") and name != "__MACOSX"


def list_images(folder: str) -> Iterator[str]:
    """Yields the paths of the images in a folder and those below it, sorted by folder.

    Hidden files and folders, and files with other extensions than those of images, are
    left out.
    """
    for parent, folders, names in os.walk(folder):
        folders[:] = sorted(filter(_is_wanted, folders))
        for name in sorted(names):
            if _is_wanted(name) and name.lower().endswith(formats.EXTENSIONS):
                yield os.path.join(parent, name)
