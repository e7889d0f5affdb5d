"""Lists and hashes the images of an evaluation: any number of each class."""

from __future__ import annotations

import dataclasses
import hashlib
from typing import Mapping, Sequence

from .. import digests, errors
from ..photographs import folders as folders_lib
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
      unreadable: what is wrong with other files and folders, by their paths.
      left_out: how many files are no images, see `photographs.folders.Found`.
    """

    folder: str
    folders: Sequence[str]
    paths: Sequence[str]
    labels: Sequence[int]
    digests: Sequence[str]
    unreadable: Mapping[str, str]
    left_out: Mapping[str, int]

    def compute_digest(self) -> str:
        """Returns a hash of all contents and class names, independent of paths."""
        return digests.of_texts(
            sorted(
                f"{self.folders[label]} {digest}"
                for label, digest in zip(self.labels, self.digests)
            )
        )


def read(folder: str) -> ImageFolder:
    """Lists and hashes the images of a folder, and decodes nothing.

    Args:
      folder: a folder that has a folder for each class, see `photographs.folders.find`.

    Raises:
      errors.InputError: if it cannot be read, has no folder, or no image.
    """
    found = folders_lib.find(folder)
    if not found.paths and not found.unreadable:
        raise errors.InputError(
            f"'{folder}' must have folders with images ({', '.join(formats.EXTENSIONS)}"
            f"), found none in its {len(found.class_names)} folders: is it the parent "
            "of the right folder, or have the files another extension?"
        )
    readable: list[int] = []
    contents: list[str] = []
    unreadable = {sentence: sentence for sentence in found.unreadable}
    for index, path in enumerate(found.paths):
        try:
            contents.append(hashlib.sha256(image_files.read(path)).hexdigest())
            readable.append(index)
        except errors.InputError as error:
            unreadable[path] = str(error)
    return ImageFolder(
        folder=folder,
        folders=found.class_names,
        paths=[found.paths[index] for index in readable],
        labels=[found.labels[index] for index in readable],
        digests=contents,
        unreadable=unreadable,
        left_out=found.left_out,
    )
