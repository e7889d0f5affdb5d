"""The files of a module that is installed: checked, hashed and copied."""

from __future__ import annotations

import contextlib
import dataclasses
import os
import shutil
from typing import Iterator, Mapping

from ... import digests, errors
from ..saved_model import module_files
from ..storage import archive_members, archive_reader
from ..writers import formats
from . import wholeness


@dataclasses.dataclass(frozen=True)
class Contents:
    """The files of a module.

    Attributes:
      format: 'hub' for the TF1 Hub format, 'savedmodel' for a SavedModel of
        TensorFlow 2.
      files: the SHA-256 of each file, by its path in the module, with '/'.
      bytes: the size of the files together.
    """

    format: str
    files: Mapping[str, str]
    bytes: int


def read(directory: str, module: str) -> Contents:
    """Checks the files of a module, and executes nothing.

    Args:
      directory: the directory of the module.
      module: what messages call the module.

    Raises:
      errors.InputError: if it is no module, a damaged one, or has other things in it
        than files and folders.
    """
    is_saved_model = module_files.is_saved_model_2(directory, module)
    if not is_saved_model:
        module_files.read_saved_model(directory, module)
    paths = _list_files(directory, module)
    wholeness.check(directory, module)
    return Contents(
        format=formats.SAVED_MODEL if is_saved_model else formats.HUB,
        files=digest(directory, paths),
        bytes=sum(os.path.getsize(os.path.join(directory, path)) for path in paths),
    )


def digest(directory: str, paths: list[str]) -> dict[str, str]:
    """Returns the SHA-256 of files by their paths in a directory."""
    return {path: digests.of_file(os.path.join(directory, path)) for path in paths}


def copy(directory: str, destination: str, contents: Contents, module: str) -> None:
    """Copies the files of a module to a new folder.

    Args:
      directory: the directory of the module.
      destination: the path of the new folder.
      contents: what `read` found in the directory.
      module: what messages call the module.

    Raises:
      errors.InputError: if the module was changed since `read`.
      OSError: if a file cannot be written.
    """
    os.mkdir(destination)
    for path in contents.files:
        target = os.path.join(destination, path)
        os.makedirs(os.path.dirname(target), exist_ok=True)
        # With the permissions of new files: the programs may be another user's.
        with contextlib.ExitStack() as stack:
            source = stack.enter_context(open(os.path.join(directory, path), "rb"))
            stack.enter_context(errors.naming(target))
            shutil.copyfileobj(source, stack.enter_context(open(target, "xb")))
    if digest(destination, list(contents.files)) != contents.files:
        raise errors.InputError(
            f"module '{module}' must stay as it is while it is read, found that "
            "another program changed it: try again when that has ended"
        )


def has_files(directory: str, contents: Contents) -> bool:
    """Returns whether a directory has these files and no others."""
    try:
        paths = _list_files(directory, directory)
    except (errors.InputError, OSError):
        return False
    if sorted(paths) != sorted(contents.files):
        return False
    return digest(directory, paths) == contents.files


def _list_files(directory: str, module: str) -> list[str]:
    """Returns the paths of the files in a directory, with '/' between their parts."""
    found = []
    for path in _walk(directory, "", module):
        found.append(path)
        if len(found) > archive_members.MAX_MEMBERS:
            raise errors.InputError(
                f"module '{module}' must have at most {archive_members.MAX_MEMBERS} "
                "files, found more: is it a folder of several modules?"
            )
    total = sum(os.path.getsize(os.path.join(directory, path)) for path in found)
    if total > archive_reader.MAX_UNPACKED_BYTES:
        raise errors.InputError(
            f"module '{module}' must have at most {archive_reader.MAX_UNPACKED_BYTES} "
            f"bytes, found {total}: are there other files in its folder?"
        )
    return sorted(found)


def _walk(directory: str, below: str, module: str) -> Iterator[str]:
    if below.count("/") > archive_members.MAX_LEVELS:
        raise errors.InputError(
            f"module '{module}' must have at most {archive_members.MAX_LEVELS} levels "
            f"of folders, found more in '{below}': is it a module?"
        )
    with os.scandir(os.path.join(directory, below)) as entries:
        for entry in entries:
            path = below + entry.name
            if entry.is_dir(follow_symlinks=False):
                yield from _walk(directory, path + "/", module)
            elif entry.is_file():
                yield path
            else:
                raise errors.InputError(
                    f"module '{module}' must have files and folders only, found "
                    f"'{path}', which is another thing or a link to a folder: remove it"
                )
