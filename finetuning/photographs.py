"""Photographs in a folder of folders, one for each class."""

from __future__ import annotations

import dataclasses
import os
from typing import Sequence

from .. import digests, errors, image_files

_EXTENSIONS = (".jpg", ".jpeg", ".png")


@dataclasses.dataclass(frozen=True)
class Photographs:
    """Files and their classes.

    Attributes:
      class_names: the name of each class.
      paths: the files.
      labels: for each file the index of its class.
      digests: for each file the SHA-256 of its content.
    """

    class_names: Sequence[str]
    paths: Sequence[str]
    labels: Sequence[int]
    digests: Sequence[str]

    def part(self, indices: Sequence[int]) -> Photographs:
        """Returns some of the photographs, of the same classes."""
        return dataclasses.replace(
            self,
            paths=[self.paths[index] for index in indices],
            labels=[self.labels[index] for index in indices],
            digests=[self.digests[index] for index in indices],
        )

    def joined_with(self, others: Photographs) -> Photographs:
        """Returns these photographs and then others, of the same classes."""
        return dataclasses.replace(
            self,
            paths=[*self.paths, *others.paths],
            labels=[*self.labels, *others.labels],
            digests=[*self.digests, *others.digests],
        )

    def digest(self) -> str:
        """Returns a hash of all contents and their classes, wherever they lie."""
        return digests.of_texts(
            sorted(
                f"{self.class_names[label]} {digest}"
                for label, digest in zip(self.labels, self.digests)
            )
        )


def read_folder(folder: str) -> Photographs:
    """Finds the photographs of a folder.

    Args:
      folder: path of a folder with a folder for each class, named for it, which holds
        its JPEG and PNG files. Hidden files, and those with other names, are left out.

    Returns:
      The photographs, by name of class and file.

    Raises:
      errors.InputError: if there are fewer than two classes, one of fewer than two
        photographs, or a file that is neither JPEG nor PNG by its content.
    """
    try:
        class_names = sorted(
            entry.name
            for entry in os.scandir(folder)
            if entry.is_dir() and not entry.name.startswith(".")
        )
    except OSError as error:
        raise errors.InputError(
            f"'{folder}' must be a folder with a folder for each class, but "
            f"cannot be read ({error.strerror})"
        ) from error
    if len(class_names) < 2:
        raise errors.InputError(
            "'{}' must have a folder for each of at least two classes, found {}: does "
            "it hold the photographs themselves, or the folder that is meant?".format(
                folder, ", ".join(map(repr, class_names)) or "none"
            )
        )
    paths, labels, contents = [], [], []
    for label, name in enumerate(class_names):
        found = _photographs(os.path.join(folder, name))
        paths += found
        labels += [label] * len(found)
        contents += map(image_files.sha256, found)
    return Photographs(class_names, paths, labels, contents)


def _photographs(folder: str) -> list[str]:
    paths = [
        os.path.join(folder, name)
        for name in sorted(os.listdir(folder))
        if name.lower().endswith(_EXTENSIONS) and not name.startswith(".")
    ]
    if len(paths) < 2:
        raise errors.InputError(
            "'%s' must hold at least two photographs (%s), one to train with and one "
            "to evaluate with, found %d" % (folder, ", ".join(_EXTENSIONS), len(paths))
        )
    return paths


def split(photographs: Photographs, held_out: float) -> tuple[Photographs, Photographs]:
    """Splits photographs into those to train with and those to evaluate with.

    By the hash of a file's content, so that a copy is on the side of its original, and
    another photograph more or less moves hardly any other.

    Args:
      photographs: at least two of each class.
      held_out: part to evaluate with, in (0, 1); of each class at least one photograph
        is on either side, unless all of them are alike.

    Returns:
      The photographs to train with, and those to evaluate with.
    """
    if not 0 < held_out < 1:
        raise errors.InputError(
            f"the part that is held out must lie between 0 and 1, found {held_out}"
        )
    indices = range(len(photographs.paths))
    to_evaluate = set()
    for label in set(photographs.labels):
        of_class = [i for i in indices if photographs.labels[i] == label]
        contents = sorted({photographs.digests[i] for i in of_class})
        count = min(max(1, round(held_out * len(contents))), len(contents) - 1)
        chosen = set(contents[:count])
        to_evaluate.update(i for i in of_class if photographs.digests[i] in chosen)
    return (
        photographs.part([i for i in indices if i not in to_evaluate]),
        photographs.part([i for i in indices if i in to_evaluate]),
    )
