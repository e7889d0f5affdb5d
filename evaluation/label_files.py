"""Reads files that say which folder is which class."""

from __future__ import annotations

import dataclasses
import re
from typing import Mapping, Sequence

from .. import errors, escaping
from ..signatures import class_names as class_names_lib

_ARROW = "->"
# What each line has, for errors.
_CONTENTS = f"one folder, or 'folder {_ARROW} class',"
_SEPARATOR = re.compile(rf"\s*{_ARROW}\s*|\t+\s*")
# The names of ImageNet's folders, which lists of them have before the words.
SYNSET = re.compile(r"n\d{8}")
_SYNSET_AT_START = re.compile(rf"({SYNSET.pattern})[\s,:]")


@dataclasses.dataclass(frozen=True)
class Labels:
    """What a file says about folders.

    Attributes:
      path: the file.
      classes: the name or the index of its class, as text, by the name of a folder.
        Empty if the file has another form.
      order: the names of the folders in the order of the classes, or empty.
    """

    path: str
    classes: Mapping[str, str]
    order: Sequence[str]


def read(path: str) -> Labels:
    """Reads a file in UTF-8.

    Args:
      path: the file. Each of its lines is the name of a folder, an arrow `->` or a tab,
        and the name or the index of its class; or each is the name of the folder of the
        next class, starting with class 0. A line that starts with a synset of ImageNet,
        such as `n01440764 tench`, names the folder `n01440764`.

    Raises:
      errors.InputError: if it cannot be read, is too large, has lines of both forms or
        an empty line, or names a folder twice.
    """
    lines = class_names_lib.read_class_names(path, _CONTENTS)
    pairs = [_SEPARATOR.split(line, 1) for line in lines]
    wrong = [index for index, pair in enumerate(pairs) if len(pair) != len(pairs[0])]
    if wrong:
        raise errors.InputError(
            f"labels file '{path}' must have lines of one form, found line 1 "
            f"{_describe_form(pairs[0])} and line {wrong[0] + 1} "
            f"{_describe_form(pairs[wrong[0]])}: is one of them mistyped?"
        )
    names = [_name_folder(pair[0]) for pair in pairs]
    _check_unique(path, names)
    if len(pairs[0]) == 1:
        return Labels(path, {}, names)
    return Labels(path, {name: pair[1] for name, pair in zip(names, pairs)}, [])


def _describe_form(pair: Sequence[str]) -> str:
    return f"with '{_ARROW}' or a tab" if len(pair) == 2 else "without"


def _name_folder(text: str) -> str:
    synset = _SYNSET_AT_START.match(text)
    return synset.group(1) if synset else text


def _check_unique(path: str, names: Sequence[str]) -> None:
    lines: dict[str, int] = {}
    for line, name in enumerate(names, 1):
        if name in lines:
            raise errors.InputError(
                f"labels file '{path}' must name each folder once, found "
                f"{escaping.show_value(name)} in the lines {lines[name]} and {line}: "
                "does it list the names of classes, two of which are the same?"
            )
        lines[name] = line
