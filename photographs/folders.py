"""Finds the photographs in a folder that has a folder for each class."""

from __future__ import annotations

import collections
import os
from typing import Counter, Iterator, NamedTuple, Sequence

from .. import errors, escaping
from .. import paths as paths_lib
from . import formats

# Folders and files of systems, in lower case.
OF_SYSTEMS = ("__macosx", "thumbs.db", "desktop.ini", "$recycle.bin")
HIDDEN = "hidden"
OF_A_SYSTEM = "of a system"
BESIDE_CLASSES = "beside the classes"
_WITHOUT_EXTENSION = "no extension"


class Found(NamedTuple):
    """The photographs of a folder, before anything is read.

    Attributes:
      class_names: the name of each class, sorted.
      paths: the files with the extension of an image, sorted by class and path.
      labels: the index of each file's class.
      left_out: how many other files there are, by their extension in lower case, by
        `HIDDEN`, by `OF_A_SYSTEM`, or, for images in no class, by `BESIDE_CLASSES`.
      unreadable: a sentence for each folder below a class that cannot be read, by its
        path.
    """

    class_names: list[str]
    paths: list[str]
    labels: list[int]
    left_out: Counter[str]
    unreadable: dict[str, str]


def find(folder: str) -> Found:
    """Finds the photographs of a folder.

    Args:
      folder: path of a folder that has a folder for each class. Its name is the name of
        the class. All files below it with the extension of an image are its
        photographs, also in folders and behind symbolic links.

    Raises:
      errors.InputError: if it cannot be read, has no folder, or the name of a class is
        not valid.
    """
    left_out: Counter[str] = collections.Counter()
    class_names = list_classes(folder, left_out)
    found = Found(class_names, [], [], left_out, {})
    for label, name in enumerate(class_names):
        paths = list(_list_photographs(os.path.join(folder, name), found))
        found.paths.extend(paths)
        found.labels.extend([label] * len(paths))
    return found


def find_without_classes(folder: str) -> Found:
    """Finds all photographs below a folder, sorted by path.

    Args:
      folder: path of a folder. All files below it with the extension of an image are
        photographs, also in folders and behind symbolic links.

    Returns:
      The photographs, without classes and labels.

    Raises:
      errors.InputError: if it, or a folder below it, cannot be read.
    """
    check_can_be_listed(folder)
    found = list_below(folder)
    if found.unreadable:
        raise errors.make(list(found.unreadable.values()))
    found.paths.sort()
    return found


def list_below(folder: str) -> Found:
    """Returns all photographs below a folder, see `find_without_classes`.

    The paths are in the order of the names in each folder, before those of the folders
    in it.
    """
    found = Found([], [], [], collections.Counter(), {})
    found.paths.extend(_list_photographs(folder, found))
    return found


def check_can_be_listed(folder: str) -> None:
    """Checks that a path is that of a folder.

    Raises:
      errors.InputError: if it is not.
    """
    paths_lib.check("images", folder)
    if not os.path.isdir(folder):
        found_there = "a file" if os.path.lexists(folder) else "nothing"
        raise errors.InputError(
            f"'{folder}' must be a folder of images, found {found_there}: is it the "
            "right path?"
        )


def list_classes(folder: str, left_out: Counter[str] | None = None) -> list[str]:
    """Returns the names of the classes of a folder, sorted.

    Args:
      folder: see `find`.
      left_out: counts what is beside the folders of classes.

    Raises:
      errors.InputError: see `find`.
    """
    paths_lib.check("images", folder)
    counts: Counter[str] = collections.Counter() if left_out is None else left_out
    try:
        with os.scandir(folder) as entries:
            class_names = sorted(
                entry.name for entry in entries if _is_class(entry, counts)
            )
    except OSError as error:
        raise errors.InputError(
            f"'{folder}' must be a folder with a folder for each class, found one that "
            f"cannot be read ({error.strerror}): is it the right path?"
        ) from error
    if not class_names:
        raise errors.InputError(
            f"'{folder}' must have a folder for each class, found none: is it the "
            "folder of one class?"
        )
    mistakes = errors.Mistakes()
    for name in class_names:
        with mistakes.collect():
            _check_name(folder, name)
    mistakes.raise_any()
    return class_names


def _is_class(entry: os.DirEntry[str], left_out: Counter[str]) -> bool:
    reason = _find_reason(entry.name)
    if reason is None and is_folder(entry):
        return True
    if reason is None:
        is_beside = is_image(entry.name)
        reason = BESIDE_CLASSES if is_beside else _find_extension(entry.name)
    left_out[reason] += 1
    return False


def _check_name(folder: str, name: str) -> None:
    paths_lib.check("the name of a class's folder", name)
    if not name.strip():
        raise errors.InputError(
            f"'{folder}' must have folders with the names of classes, found a name of "
            f"spaces, {name!r}: rename the folder"
        )


def _list_photographs(folder: str, found: Found) -> Iterator[str]:
    """Yields the images of a class, and adds to `found` what else there is.

    It enters each folder once, however many links lead to it.
    """
    entered: set[tuple[int, int]] = set()
    waiting = [folder]
    while waiting:
        current = waiting.pop()
        try:
            status = os.stat(current)
            entries = _enter(current)
        except OSError as error:
            found.unreadable[current] = f"'{current}' cannot be read: {error.strerror}"
            continue
        if (status.st_dev, status.st_ino) in entered:
            continue
        entered.add((status.st_dev, status.st_ino))
        inside = []
        for entry in entries:
            reason = _find_reason(entry.name)
            if reason is not None:
                found.left_out[reason] += 1
            elif is_folder(entry):
                inside.append(entry.path)
            elif is_image(entry.name):
                yield entry.path
            else:
                found.left_out[_find_extension(entry.name)] += 1
        waiting.extend(reversed(inside))


def _enter(folder: str) -> list[os.DirEntry[str]]:
    with os.scandir(folder) as entries:
        return sorted(entries, key=lambda entry: entry.name)


def is_folder(entry: os.DirEntry[str]) -> bool:
    """Returns whether an entry is a folder, or a link to one."""
    try:
        return entry.is_dir()
    except OSError:  # A link to itself, for example.
        return False


def is_image(name: str) -> bool:
    """Returns whether a file is read as a photograph, by its name."""
    return name.lower().endswith(formats.EXTENSIONS) and not is_left_out(name)


def is_left_out(name: str) -> bool:
    """Returns whether a file or folder is hidden or of a system, by its name."""
    return _find_reason(name) is not None


def _find_reason(name: str) -> str | None:
    """Returns why a file or folder is left out whatever it is, or None."""
    if name.lower() in OF_SYSTEMS:
        return OF_A_SYSTEM
    return HIDDEN if name.startswith(".") else None


def _find_extension(name: str) -> str:
    return os.path.splitext(name)[1].lower() or _WITHOUT_EXTENSION


def check_sizes(
    folder: str, class_names: Sequence[str], labels: Sequence[int], least: int
) -> None:
    """Checks that there are at least two classes, and photographs of each.

    Args:
      folder: the folder of the classes, for messages.
      class_names: the name of each class.
      labels: the index of the class of each photograph.
      least: the smallest number of photographs of a class, 1 or 2.

    Raises:
      errors.InputError: if there are fewer.
    """
    if len(class_names) < 2:
        raise errors.InputError(
            f"'{folder}' must have a folder for each of at least two classes, found "
            f"{escaping.list_names(class_names)}: is it the folder of one class, or "
            "the parent of the right folder?"
        )
    counts = collections.Counter(labels)
    expected = "two photographs, one to train with and one to evaluate with"
    if least == 1:
        expected = "one photograph"
    mistakes = [
        f"'{os.path.join(folder, name)}' must have at least {expected} "
        f"({', '.join(formats.EXTENSIONS)}), found {counts[label]}: do the files have "
        "another extension?"
        for label, name in enumerate(class_names)
        if counts[label] < least
    ]
    if mistakes:
        raise errors.make(mistakes)
