"""Lists and hashes the images of an evaluation: any number of each class."""

from __future__ import annotations

import dataclasses
from typing import Callable, Mapping, Sequence

from .. import digests, errors
from ..photographs import folders as folders_lib
from ..photographs import formats, image_files

# With those of larger folders in memory, an evaluation could need much more of it.
_MOST_KEPT_BYTES = 2**28


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
      kept: the contents of the first files by their paths, for `make_reader`.
    """

    folder: str
    folders: Sequence[str]
    paths: Sequence[str]
    labels: Sequence[int]
    digests: Sequence[str]
    unreadable: Mapping[str, str]
    left_out: Mapping[str, int]
    kept: dict[str, bytes] = dataclasses.field(default_factory=dict, repr=False)

    def compute_digest(self) -> str:
        """Returns a hash of all contents and class names, independent of paths."""
        return digests.of_texts(
            sorted(
                f"{self.folders[label]} {digest}"
                for label, digest in zip(self.labels, self.digests)
            )
        )

    def make_reader(self) -> Callable[[str], bytes]:
        """Returns what reads a file, from memory the first time if it is kept.

        It raises `errors.InputError` if the content is not the one that was hashed:
        results belong to the hash.
        """
        hashed = dict(zip(self.paths, self.digests))

        def read_content(path: str) -> bytes:
            content = self.kept.pop(path, None)
            if content is None:
                content = image_files.read(path)
                if digests.of_bytes(content) != hashed[path]:
                    raise errors.InputError(
                        f"'{path}' must not change during the evaluation, found "
                        "another content than before: run the command again"
                    )
            return content

        return read_content


def read(folder: str, keeps_contents: bool = False) -> ImageFolder:
    """Lists and hashes the images of a folder, and decodes nothing.

    Args:
      folder: a folder that has a folder for each class, see `photographs.folders.find`.
      keeps_contents: whether to keep contents, up to 256 MiB, so that these files are
        not read twice.

    Raises:
      errors.InputError: if it cannot be read, has no folder, or no image.
    """
    found = folders_lib.find(folder)
    if not found.paths and not found.unreadable:
        raise errors.InputError(
            f"'{folder}' must have folders with images ({', '.join(formats.EXTENSIONS)}"
            f"), found none in its {len(found.class_names)} folders: is it the parent "
            "of the right folder, or do the files have another extension?"
        )
    readable: list[int] = []
    hashes: list[str] = []
    kept: dict[str, bytes] = {}
    free = _MOST_KEPT_BYTES if keeps_contents else 0
    unreadable = dict(found.unreadable)
    for index, path in enumerate(found.paths):
        try:
            content = image_files.read(path)
        except errors.InputError as error:
            unreadable[path] = str(error)
            continue
        hashes.append(digests.of_bytes(content))
        readable.append(index)
        if len(content) <= free:
            kept[path] = content
            free -= len(content)
    return ImageFolder(
        folder=folder,
        folders=found.class_names,
        paths=[found.paths[index] for index in readable],
        labels=[found.labels[index] for index in readable],
        digests=hashes,
        unreadable=unreadable,
        left_out=found.left_out,
        kept=kept,
    )
