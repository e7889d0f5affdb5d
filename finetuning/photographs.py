"""Finds the photographs in a folder that has a folder for each class."""

from __future__ import annotations

import dataclasses
import os
from typing import Sequence

from .. import digests, errors, image_files
from .. import paths as paths_lib

_EXTENSIONS = (".jpg", ".jpeg", ".png")


@dataclasses.dataclass(frozen=True)
class Photographs:
    """Image files and their classes.

    Attributes:
      class_names: the name of each class, sorted.
      paths: the files.
      labels: the index of each file's class.
      digests: the SHA-256 of each file's content.
      orientations: the EXIF orientation of each file, in [1, 8].
    """

    class_names: Sequence[str]
    paths: Sequence[str]
    labels: Sequence[int]
    digests: Sequence[str]
    orientations: Sequence[int]

    def select(self, indices: Sequence[int]) -> Photographs:
        """Returns the photographs with these indices, with the same class names."""
        return dataclasses.replace(
            self,
            paths=[self.paths[index] for index in indices],
            labels=[self.labels[index] for index in indices],
            digests=[self.digests[index] for index in indices],
            orientations=[self.orientations[index] for index in indices],
        )

    def join(self, others: Photographs) -> Photographs:
        """Returns these photographs followed by others with the same class names."""
        return dataclasses.replace(
            self,
            paths=[*self.paths, *others.paths],
            labels=[*self.labels, *others.labels],
            digests=[*self.digests, *others.digests],
            orientations=[*self.orientations, *others.orientations],
        )

    def compute_digest(self) -> str:
        """Returns a hash of all contents and class names, independent of paths."""
        return digests.of_texts(
            sorted(
                f"{self.class_names[label]} {digest}"
                for label, digest in zip(self.labels, self.digests)
            )
        )


def read_folder(folder: str) -> Photographs:
    """Finds the photographs of a folder.

    Args:
      folder: path of a folder that has a folder for each class. Its name is the name of
        the class, its .jpg, .jpeg and .png files are the photographs. Hidden files and
        files with other extensions are ignored.

    Returns:
      The photographs, sorted by the names of classes and files.

    Raises:
      errors.InputError: if there are fewer than two classes, if a class has fewer than
        two photographs, if the content of a file is neither JPEG nor PNG, or if an
        image is too large.
      errors.DependencyError: if Pillow is missing.
    """
    class_names = list_classes(folder)
    paths: list[str] = []
    labels: list[int] = []
    contents: list[str] = []
    for label, name in enumerate(class_names):
        found = _list_photographs(os.path.join(folder, name))
        paths += found
        labels += [label] * len(found)
        contents += map(image_files.sha256, found)
    orientations = list(map(image_files.read_orientation, paths))
    return Photographs(class_names, paths, labels, contents, orientations)


def check_folder(folder: str) -> list[str]:
    """Checks a folder without reading its photographs as a whole.

    Returns:
      The names of the classes, sorted.

    Raises:
      errors.InputError: see `read_folder`, except that no size is checked.
    """
    class_names = list_classes(folder)
    for name in class_names:
        for path in _list_photographs(os.path.join(folder, name)):
            image_files.check_format(path)
    return class_names


def list_classes(folder: str) -> list[str]:
    """Returns the names of the classes of a folder, sorted.

    Raises:
      errors.InputError: if it cannot be read, has fewer than two classes, or one of
        them has no name.
    """
    paths_lib.check("images", folder)
    try:
        class_names = sorted(
            entry.name
            for entry in os.scandir(folder)
            if entry.is_dir() and not entry.name.startswith(".")
        )
    except OSError as error:
        raise errors.InputError(
            f"'{folder}' must be a folder with a folder for each class, found one that "
            f"cannot be read ({error.strerror}): is it the right path?"
        ) from error
    for name in class_names:
        paths_lib.check("the name of a class's folder", name)
        if not name.strip():
            raise errors.InputError(
                f"'{folder}' must have folders with the names of classes, found a name "
                f"of spaces, {name!r}: rename the folder"
            )
    if len(class_names) < 2:
        raise errors.InputError(
            f"'{folder}' must have a folder for each of at least two classes, found "
            f"{', '.join(map(repr, class_names)) or 'none'}: is it the folder of one "
            "class, or the parent of the right folder?"
        )
    return class_names


def _list_photographs(folder: str) -> list[str]:
    paths = [
        os.path.join(folder, name)
        for name in sorted(os.listdir(folder))
        if name.lower().endswith(_EXTENSIONS) and not name.startswith(".")
    ]
    if len(paths) < 2:
        raise errors.InputError(
            f"'{folder}' must have at least two photographs "
            f"({', '.join(_EXTENSIONS)}), one to train with and one to evaluate with, "
            f"found {len(paths)}: do the files have another extension?"
        )
    return paths


def split(photographs: Photographs, held_out: float) -> tuple[Photographs, Photographs]:
    """Splits photographs into those to train with and those to evaluate with.

    The hash of a file's content decides. A copy is therefore on the same side as its
    original, and adding or removing a photograph moves few others.

    Args:
      photographs: at least two of each class.
      held_out: fraction to evaluate with, in (0, 1). Each side gets at least one
        photograph of each class, unless all files of the class are identical.

    Returns:
      The photographs to train with, and those to evaluate with.
    """
    indices = range(len(photographs.paths))
    to_evaluate: set[int] = set()
    for label in set(photographs.labels):
        of_class = [i for i in indices if photographs.labels[i] == label]
        contents = sorted({photographs.digests[i] for i in of_class})
        count = min(max(1, round(held_out * len(contents))), len(contents) - 1)
        chosen = set(contents[:count])
        to_evaluate.update(i for i in of_class if photographs.digests[i] in chosen)
    return (
        photographs.select([i for i in indices if i not in to_evaluate]),
        photographs.select([i for i in indices if i in to_evaluate]),
    )
