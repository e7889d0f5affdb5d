"""Finds the folders to train with and to evaluate with."""

from __future__ import annotations

import os
from typing import NamedTuple, Sequence

from .. import errors, escaping
from . import folder_names, folders
from .labeled import Photographs


class Sides(NamedTuple):
    """The folders of a training.

    Attributes:
      training: the folder with the photographs to train with.
      evaluation: that with those to evaluate with, or None to hold some out.
      note: what was recognized, or None.
    """

    training: str
    evaluation: str | None
    note: str | None = None


def find(images: str, validation_images: str | None) -> Sides:
    """Returns the folders to train with and to evaluate with.

    Args:
      images: a folder of classes, or one with the folders `train` and `val` (or
        `valid`, or `validation`), which have the folders of classes.
      validation_images: a folder of classes to evaluate with, or None.

    Raises:
      errors.InputError: if `images` has only one of these folders, or cannot be read.
    """
    names = folders.list_classes(images)
    training, evaluation = _find_names(images, names)
    if training is None:
        return Sides(images, validation_images, _describe_ignored(images, names))
    if validation_images is not None:
        note = f"trains with '{training}' in '{images}'"
        return Sides(os.path.join(images, training), validation_images, note)
    if len(evaluation) != 1:
        found = escaping.list_names(evaluation) if evaluation else "none"
        expected = ", ".join(folder_names.EVALUATION)
        raise errors.InputError(
            f"'{images}' must have one of the folders {expected} beside "
            f"'{training}', found {found}: to hold out photographs of the training, "
            f"use the folder '{os.path.join(images, training)}'"
        )
    note = (
        f"trains with '{training}' and evaluates with '{evaluation[0]}' in '{images}'"
    )
    if len(names) > 2:
        note += f", does not use '{folder_names.TEST}'"
    first, second = (os.path.join(images, name) for name in (training, evaluation[0]))
    return Sides(first, second, note)


def _describe_ignored(images: str, names: Sequence[str]) -> str | None:
    """Returns a note if folders look like a split, and are classes."""
    training = [name for name in names if name.lower() == folder_names.TRAINING]
    others = [n for n in names if n.lower() not in folder_names.PARTS]
    rest = [n for n in names if n not in (*training, *others)]
    if not (training and rest and others):
        return None
    return (
        f"{escaping.list_names(training + rest)} are classes, because '{images}' also "
        f"has {escaping.list_names(others, 1)}: to use a split, move the other folders"
    )


def _find_names(images: str, names: Sequence[str]) -> tuple[str | None, list[str]]:
    """Returns the names of the folders, if there are no classes beside them."""
    known = {name: name.lower() for name in names}
    evaluation = [name for name in names if known[name] in folder_names.EVALUATION]
    training = [name for name in names if known[name] == folder_names.TRAINING]
    others = set(known.values()).difference(folder_names.PARTS)
    if len(training) != 1 or others:
        return None, []
    # 'train' may also be the class of a vehicle.
    for name in (*training, *evaluation):
        if not _has_only_folders(os.path.join(images, name)):
            return None, []
    return training[0], evaluation


def _has_only_folders(folder: str) -> bool:
    try:
        with os.scandir(folder) as entries:
            kinds = {
                folders.is_folder(entry)
                for entry in entries
                if not folders.is_left_out(entry.name)
            }
    except OSError:
        return False
    return True in kinds and not any(
        folders.is_image(name) for name in os.listdir(folder)
    )


def match(evaluation: Photographs, training: Photographs, folder: str) -> Photographs:
    """Returns photographs to evaluate with, labeled by the classes of the training.

    Args:
      evaluation: photographs with classes of their own.
      training: photographs with the classes of the training.
      folder: the folder to evaluate with, for messages.

    Raises:
      errors.InputError: if a class is not one of the training.
    """
    find = folder_names.index_names(training.class_names)
    found = [find(name) for name in evaluation.class_names]
    unknown = [
        name for name, each in zip(evaluation.class_names, found) if len(each) != 1
    ]
    if unknown:
        raise errors.InputError(
            f"'{folder}' must have the classes that are trained "
            f"({escaping.list_names(training.class_names)}), found "
            f"{escaping.list_names(unknown)}, {len(unknown)} in all: is a name spelled "
            "in two ways?"
        )
    return Photographs(
        training.class_names,
        evaluation.paths,
        [found[label][0] for label in evaluation.labels],
        evaluation.digests,
    )
