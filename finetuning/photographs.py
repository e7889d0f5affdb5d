"""Photographs in a folder of folders, one for each class."""

from __future__ import annotations

import dataclasses
import hashlib
import os
from typing import Sequence

from efficientnet_hub import errors

_EXTENSIONS = (".jpg", ".jpeg", ".png")
# What a file begins with.
_JPEG = b"\xff\xd8\xff"
_PNG = b"\x89PNG\r\n\x1a\n"


@dataclasses.dataclass(frozen=True)
class Photographs:
    """Files and their classes.

    Attributes:
      class_names: the name of each class.
      paths: the files.
      labels: for each file the index of its class.
    """

    class_names: Sequence[str]
    paths: Sequence[str]
    labels: Sequence[int]


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
            "'%s' must be a folder with a folder for each class, but cannot be read "
            "(%s)" % (folder, error.strerror)
        ) from error
    if len(class_names) < 2:
        raise errors.InputError(
            "'%s' must have a folder for each of at least two classes, found %s: does "
            "it hold the photographs themselves, or the folder that is meant?"
            % (folder, ", ".join(map(repr, class_names)) or "none")
        )
    paths, labels = [], []
    for label, name in enumerate(class_names):
        found = _photographs(os.path.join(folder, name))
        paths += found
        labels += [label] * len(found)
    return Photographs(class_names, paths, labels)


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
    for path in paths:
        _check_content(path)
    return paths


def _check_content(path: str) -> None:
    try:
        with open(path, "rb") as file:
            start = file.read(len(_PNG))
    except OSError as error:
        raise errors.InputError(
            "'%s' cannot be read: %s" % (path, error.strerror)
        ) from error
    if not start.startswith((_JPEG, _PNG)):
        raise errors.InputError(
            "'%s' must be a JPEG or PNG file, but begins with %r: is it of another "
            "format?" % (path, start)
        )


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
            "the part that is held out must lie between 0 and 1, found %s" % held_out
        )
    by_class = {}
    for path, label in zip(photographs.paths, photographs.labels):
        by_class.setdefault(label, []).append((_digest(path), path))
    sides = ([], [])
    for label, of_class in sorted(by_class.items()):
        digests = sorted({digest for digest, _ in of_class})
        count = min(max(1, round(held_out * len(digests))), len(digests) - 1)
        to_evaluate = set(digests[:count])
        for digest, path in of_class:
            sides[digest in to_evaluate].append((path, label))
    return tuple(
        Photographs(
            photographs.class_names,
            [path for path, _ in side],
            [label for _, label in side],
        )
        for side in sides
    )


def digest(photographs: Photographs) -> str:
    """Returns a hash of all files and their classes, wherever they lie."""
    files = sorted(
        "%s %s" % (photographs.class_names[label], _digest(path))
        for path, label in zip(photographs.paths, photographs.labels)
    )
    return hashlib.sha256("\n".join(files).encode()).hexdigest()


def _digest(path: str) -> str:
    with open(path, "rb") as file:
        return hashlib.sha256(file.read()).hexdigest()
