"""Finds the photographs in a folder that has a folder for each class."""

from __future__ import annotations

import hashlib
import os

from .. import errors
from .. import paths as paths_lib
from . import image_files
from .labeled import Photographs

_EXTENSIONS = (".jpg", ".jpeg", ".png")


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
        contents += map(_compute_digest, found)
    return Photographs(class_names, paths, labels, contents)


def _compute_digest(path: str) -> str:
    content = image_files.read(path)
    image_files.check_header(content, path)
    return hashlib.sha256(content).hexdigest()


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
