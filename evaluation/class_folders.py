"""Finds the class of a module that a folder of images belongs to."""

from __future__ import annotations

import dataclasses
import re
from typing import Mapping, Sequence, TypeVar

from .. import errors, escaping
from ..photographs import folder_names
from . import label_files

# The most that a message lists.
_MOST_LISTED = 5
_IMAGENET_CLASSES = 1000
# How a command and a list of modules name the file of `label_files`.
_LABELS_FILE = "a file of labels (--labels, or evaluate_labels in a list for build)"
_SPACES = re.compile(r"[\s_\-]+")
_NUMBER = re.compile("[0-9]{1,9}")
_ValueT = TypeVar("_ValueT")


@dataclasses.dataclass(frozen=True)
class Assignment:
    """The classes of folders.

    Attributes:
      indices: the class of each folder, in the order of the folders.
      rule: how they were found, one clause for people.
    """

    indices: Sequence[int]
    rule: str


@dataclasses.dataclass(frozen=True)
class Classes:
    """The classes of a module.

    Attributes:
      module: what to call the module in errors.
      count: number of classes.
      names: the name of each class, or None if the module has none.
    """

    module: str
    count: int
    names: Sequence[str] | None

    def name(self, index: int) -> str:
        """Returns the name of a class, or 'class 3'."""
        return self.names[index] if self.names else f"class {index}"


def assign(
    folders: Sequence[str], classes: Classes, labels: label_files.Labels | None
) -> Assignment:
    """Finds the class of each folder.

    With `labels`, its lines decide. Otherwise the names of the folders must be those of
    classes. If no class has exactly the name of a folder, the case of letters does not
    count, and underscores, hyphens and spaces are the same. Unicode's composed and
    decomposed characters are the same in each case. A thousand folders with the
    names of ImageNet's synsets are the classes in the order of their names. If the
    module has no names, folders may be named by the indices of the classes, or there
    may be a folder for each class, sorted by its name.

    Args:
      folders: the names, sorted.
      classes: those of the module.
      labels: a file that the user gives, or None.

    Raises:
      errors.InputError: if a folder belongs to no class, or may belong to two.
    """
    if labels is not None and labels.order:
        return _assign_by_order_of_file(folders, classes, labels)
    if labels is not None:
        return _assign_by_file(folders, classes, labels)
    if _are_all_synsets(folders, classes):
        return Assignment(
            range(len(folders)), "by the order of the folders, ImageNet's synsets"
        )
    if classes.names is not None:
        indices = _find_by_name(folders, classes, classes.names)
        return Assignment(indices, _describe_names(folders, classes.names, indices))
    return _assign_without_names(folders, classes)


def _are_all_synsets(folders: Sequence[str], classes: Classes) -> bool:
    if classes.count != _IMAGENET_CLASSES or len(folders) != _IMAGENET_CLASSES:
        return False
    return all(map(label_files.SYNSET.fullmatch, folders))


def _describe_names(
    folders: Sequence[str], names: Sequence[str], indices: Sequence[int]
) -> str:
    spelled = sum(
        folder_names.compose_name(names[index]) != folder_names.compose_name(folder)
        for folder, index in zip(folders, indices)
    )
    if not spelled:
        return "by the names of the folders"
    return (
        "by the names of the folders; of "
        f"{spelled}, the case or the underscores, hyphens and spaces differ from the "
        "class's"
    )


def _find_by_name(
    folders: Sequence[str], classes: Classes, names: Sequence[str]
) -> list[int]:
    find, loose = folder_names.index_names(names), _index_loosely(names)
    found, mistakes = [], errors.Mistakes()
    unknown = []
    for folder in folders:
        indices = find(folder) or loose.get(_simplify(folder), [])
        if len(indices) > 1:
            mistakes.add(
                f"the folder {escaping.show_value(folder)} must be of one class, found "
                f"the classes {', '.join(map(str, indices[:_MOST_LISTED]))} with such "
                f"a name: say which one in {_LABELS_FILE}"
            )
        if not indices:
            unknown.append(folder)
        found += indices[:1]
    if unknown:
        mistakes.add(_describe_unknown(unknown, folders, classes, names))
    mistakes.raise_any()
    _check_unique(folders, found, classes)
    return found


def _describe_unknown(
    unknown: Sequence[str],
    folders: Sequence[str],
    classes: Classes,
    names: Sequence[str],
) -> str:
    question = (
        f"are they of another data set, so that {_LABELS_FILE} must say their classes?"
    )
    parts = [each for each in unknown if each.lower() in folder_names.PARTS]
    if parts:
        question = (
            f"is the folder {escaping.show_value(parts[-1])} below it meant, or "
            "another part of the data set?"
        )
    if any(map(label_files.SYNSET.fullmatch, unknown)):
        question = (
            "the names of ImageNet's folders say their classes only if there are all "
            f"{_IMAGENET_CLASSES}: say which class they are in {_LABELS_FILE}"
        )
    return (
        f"each folder must have the name of a class of module '{classes.module}', such "
        f"as {escaping.list_names(names)}, found {len(unknown)} of {len(folders)} "
        f"without such a name ({escaping.list_names(unknown, _MOST_LISTED)}): "
        f"{question}"
    )


def _index_loosely(names: Sequence[str]) -> dict[str, list[int]]:
    indices: dict[str, list[int]] = {}
    for index, name in enumerate(names):
        indices.setdefault(_simplify(name), []).append(index)
    return indices


def _simplify(name: str) -> str:
    return folder_names.compose_name(_SPACES.sub(" ", name).strip().casefold())


def _check_unique(
    folders: Sequence[str], indices: Sequence[int], classes: Classes
) -> None:
    first: dict[int, str] = {}
    for folder, index in zip(folders, indices):
        if index in first:
            raise errors.InputError(
                f"each class must have one folder, found {first[index]!r} and "
                f"{folder!r}{_explain_same(first[index], folder)} for "
                f"{escaping.show_value(classes.name(index))}: rename or join them"
            )
        first[index] = folder


def _explain_same(first: str, second: str) -> str:
    same = folder_names.compose_name(first) == folder_names.compose_name(second)
    return " (the same characters in two forms of Unicode)" if same else ""


def _assign_by_file(
    folders: Sequence[str], classes: Classes, labels: label_files.Labels
) -> Assignment:
    targets = _look_up(folders, labels, labels.classes)
    names = classes.names or ()
    find, loose = folder_names.index_names(names), _index_loosely(names)
    indices = []
    for folder, target in zip(folders, targets):
        found = find(target) or loose.get(_simplify(target), [])
        if not found and _NUMBER.fullmatch(target):
            found = [int(target)]
        if len(found) != 1 or found[0] >= classes.count:
            raise errors.InputError(
                f"labels file '{labels.path}' must give the folder {folder!r} the name "
                f"or the index of one of the {classes.count} classes of module "
                f"'{classes.module}', found {escaping.show_value(target)}, which "
                f"{'is of several' if len(found) > 1 else 'is of none'}: is it spelled "
                "as the module's?"
            )
        indices += found
    return Assignment(indices, f"by the labels file '{labels.path}'")


def _assign_by_order_of_file(
    folders: Sequence[str], classes: Classes, labels: label_files.Labels
) -> Assignment:
    more = len(labels.order) - classes.count
    if more:
        cause = {
            1: "is its first line a background class, which the module does not have?",
            -1: "does the module have a background class, for which it has no line?",
        }.get(
            more,
            "is it a list of some classes, which needs lines such as "
            "'folder -> class'?",
        )
        raise errors.InputError(
            f"labels file '{labels.path}' must name a folder for each of the "
            f"{classes.count} classes of module '{classes.module}', found "
            f"{len(labels.order)} lines: {cause}"
        )
    indices = {name: index for index, name in enumerate(labels.order)}
    return Assignment(
        _look_up(folders, labels, indices),
        f"by the order of the lines of the labels file '{labels.path}'",
    )


def _look_up(
    folders: Sequence[str], labels: label_files.Labels, known: Mapping[str, _ValueT]
) -> list[_ValueT]:
    find, values = folder_names.index_names(list(known)), list(known.values())
    found = [find(folder) for folder in folders]
    missing = [folder for folder, each in zip(folders, found) if len(each) != 1]
    if missing:
        raise errors.InputError(
            f"labels file '{labels.path}' must name each folder, found no line for "
            f"{len(missing)} of {len(folders)} "
            f"({escaping.list_names(missing, _MOST_LISTED)}): is it of another data "
            "set?"
        )
    return [values[index] for (index,) in found]


def _assign_without_names(folders: Sequence[str], classes: Classes) -> Assignment:
    if all(_is_index(folder, classes.count) for folder in folders):
        indices = [int(folder) for folder in folders]
        _check_unique(folders, indices, classes)
        return Assignment(indices, "by the numbers that the folders have as names")
    if len(folders) == classes.count:
        return Assignment(
            range(len(folders)),
            "by the order of the names of the folders, because the module has no names "
            "of classes",
        )
    advice = ""
    if len(folders) == classes.count - 1:
        advice = (
            ", with the first line 'background' if the module has a background class"
        )
    raise errors.InputError(
        f"module '{classes.module}' must have names of classes, or a folder for each "
        f"of its {classes.count} classes, found no names and {len(folders)} folders "
        f"({escaping.list_names(folders, _MOST_LISTED)}): say which class they are "
        f"in {_LABELS_FILE}{advice}"
    )


def _is_index(folder: str, count: int) -> bool:
    is_short = _NUMBER.fullmatch(folder) is not None
    return is_short and int(folder) < count
