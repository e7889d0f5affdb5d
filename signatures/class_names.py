"""Reads class names: those of ImageNet, or those of a text file."""

from __future__ import annotations

import io
import os

from .. import errors, paths

# The names have the spelling of torchvision's list of the categories of ImageNet
# (torchvision/models/_meta.py, BSD-3-Clause; see NOTICE). Index 0 is "tench": there is
# no background class.
_IMAGENET_FILE = os.path.join(os.path.dirname(__file__), "imagenet_class_names.txt")
# The most classes that a command returns for an image. A variant has at most 419,430,
# see `NetworkConfig`.
MOST_CLASSES = 10**6
# Each graph of a module has all names, and its graphs have at most 256 MiB.
_MAX_CHARACTERS = 2**24
# Of a name. A module with a longer one is refused when it is read.
MAX_NAME_CHARACTERS = 10_000


def imagenet_class_names() -> list[str]:
    """Returns the names of the 1,000 classes of ILSVRC-2012, in their order."""
    return read_class_names(_IMAGENET_FILE)


def read_class_names(path: str, contents: str = "one class name") -> list[str]:
    """Reads class names, or similar lines, from a UTF-8 text file.

    Args:
      path: the file.
      contents: what each line has, for errors.

    Raises:
      errors.InputError: if the file cannot be read, is too large, or a line of it is
        empty or too long.
    """
    paths.check("labels", path)
    paths.check_is_file(f"labels file '{path}'", path)
    try:
        with open(path, encoding="utf-8-sig") as file:
            content = file.read(_MAX_CHARACTERS + 1)
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or error
        found = f"an error when reading it: {reason}"
        if isinstance(error, FileNotFoundError):
            found = "no file"
        raise errors.InputError(
            f"labels file '{path}' must be a text file in UTF-8, {contents} a line, "
            f"found {found}"
        ) from error
    if len(content) > _MAX_CHARACTERS:
        raise errors.InputError(
            f"labels file '{path}' must have at most {_MAX_CHARACTERS} characters, "
            "found more: is it another file?"
        )
    names = [line.strip() for line in io.StringIO(content)]
    if not names:
        raise errors.InputError(
            f"labels file '{path}' must have {contents} a line, found no lines"
        )
    if "" in names:
        raise errors.InputError(
            f"labels file '{path}' must have {contents} a line, found line "
            f"{names.index('') + 1} empty: remove it"
        )
    for index, name in enumerate(names):
        if len(name) > MAX_NAME_CHARACTERS:
            raise errors.InputError(
                f"labels file '{path}' must have names of at most "
                f"{MAX_NAME_CHARACTERS} characters, found {len(name)} in line "
                f"{index + 1}: is it a text file with one name a line?"
            )
    return names
