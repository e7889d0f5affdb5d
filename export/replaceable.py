"""Recognizes what this program wrote: `--overwrite` replaces nothing else.

The files of a module do not say who wrote them. `hub.Module.export` writes the graphs
of this program again, with the weights of a user's training, and TensorFlow writes
SavedModels with the same files. But this program writes a documentation page beside
each module, and archives whose members have no times and no owners.
"""

from __future__ import annotations

import os
import posixpath
import re
from typing import Iterator

from .. import errors, escaping
from .model_card import card
from .saved_model import module_facts, module_files
from .storage import archive_reader, archive_writer

# The paths of the files of a module, below its folder.
_OWN_FILE = re.compile(
    "|".join(
        (
            re.escape(module_files.MODULE_FILE),
            re.escape(module_files.SAVED_MODEL_FILE),
            r"assets/class_names\.txt",
            re.escape(module_facts.PATH),
            r"variables/variables\.(index|data-[0-9]{5}-of-[0-9]{5})",
        )
    )
)
_OWN_FOLDERS = ("assets", "variables")
_LONGEST_START = 2**16  # Of a card, in bytes.


def check_module(path: str, page: str) -> None:
    """Checks that a path is free, an empty folder, or a folder with a module alone.

    Args:
      path: the destination of a module.
      page: that of its documentation page. It must be there too if the module is.

    Raises:
      errors.InputError: if it is something else; the message names what does not belong
        to a module.
    """
    _check_is_no_link(path, "a new path or a module")
    is_empty = os.path.isdir(path) and not os.listdir(path)
    if not os.path.lexists(path) or is_empty:
        return
    try:
        _read_graphs(path)
    except errors.InputError as error:
        found = "a folder" if os.path.isdir(path) else "a file"
        raise errors.InputError(
            f"'{path}' must be a new path or a module, found {found} that is not a "
            "module: give another path"
        ) from error
    foreign = list(_find_foreign(path))
    if foreign:
        raise errors.InputError(
            f"'{path}' must be a new path or a module, found a module's folder with "
            f"other files in it ({escaping.list_names(foreign)}), which would be lost: "
            "move them, or give another path"
        )
    if not _is_card(page):
        raise errors.InputError(
            f"'{path}' must be a new path or a module that this program wrote, found a "
            f"module without its documentation page '{page}', which another program "
            "may have written: move it, or give another path"
        )


def _find_foreign(folder: str) -> Iterator[str]:
    """Yields what is in a module's folder, or one of its own folders, and not of it."""
    for entry in _scan(folder):
        if entry.name in _OWN_FOLDERS and entry.is_dir(follow_symlinks=False):
            for below in _scan(entry.path):
                if not _is_own(below, f"{entry.name}/{below.name}"):
                    yield f"{entry.name}/{below.name}"
        elif not _is_own(entry, entry.name):
            yield entry.name


def _scan(folder: str) -> list[os.DirEntry[str]]:
    with os.scandir(folder) as entries:
        return sorted(entries, key=lambda entry: entry.name)


def _is_own(entry: os.DirEntry[str], name: str) -> bool:
    is_file = entry.is_file(follow_symlinks=False)
    return is_file and _OWN_FILE.fullmatch(name) is not None


def check_card(path: str) -> None:
    """Checks that a path is free, or a documentation page that this program wrote.

    Raises:
      errors.InputError: if it is something else.
    """
    if not _is_file_there(path, "a new path or a module's documentation page"):
        return
    if not _is_card(path):
        raise _make_error(path, "a module's documentation page", "another file")


def _is_card(path: str) -> bool:
    """Returns whether a path is a file that begins as a documentation page."""
    if not os.path.isfile(path):
        return False
    with errors.naming(path), open(path, "rb") as file:
        start = file.read(_LONGEST_START).decode("utf-8", "replace")
    return card.begins_as_card(start)


def check_archive(path: str) -> None:
    """Checks that a path is free, or an archive that holds a module alone.

    Raises:
      errors.InputError: if it is something else.
    """
    if not _is_file_there(path, "a new path or the archive of a module"):
        return
    found = "another file"
    try:
        members = archive_reader.list_members(path)
        files = [posixpath.normpath(each.name) for each in members if each.isreg()]
        foreign = sorted(name for name in files if not _OWN_FILE.fullmatch(name))
        if foreign:
            found = f"an archive with other files ({foreign[0]!r})"
        elif not all(map(archive_writer.is_own, members)):
            found = "the archive of another program"
        else:
            _read_graphs_of_archive(path)
            return
    except errors.InputError:
        pass  # It is no .tar.gz, a damaged one, or one that nobody should unpack.
    raise _make_error(path, "the archive of a module", found)


def _read_graphs_of_archive(path: str) -> None:
    """Raises errors.InputError unless an archive holds the graphs of a module."""
    graphs = (module_files.MODULE_FILE, module_files.SAVED_MODEL_FILE)
    with archive_reader.unpack(path, only=graphs) as directory:
        _read_graphs(directory)


def _read_graphs(directory: str) -> None:
    """Raises errors.InputError unless a directory holds the graphs of a module."""
    if not module_files.is_saved_model_2(directory):
        module_files.read_saved_model(directory)


def _make_error(path: str, expected: str, found: str) -> errors.InputError:
    return errors.InputError(
        f"'{path}' exists already, and --overwrite replaces only {expected}, found "
        f"{found}: move it, or give another path"
    )


def _check_is_no_link(path: str, expected: str) -> None:
    if os.path.islink(path):
        raise errors.InputError(
            f"'{path}' must be {expected}, found a symbolic link: give the path that "
            "it leads to, or another one"
        )


def _is_file_there(path: str, expected: str) -> bool:
    """Returns whether a file is at a path, or nothing.

    Raises:
      errors.InputError: if something else is there.
    """
    _check_is_no_link(path, expected)
    if os.path.isfile(path):
        return True
    if not os.path.lexists(path):
        return False
    found = "a folder" if os.path.isdir(path) else "something else"
    raise errors.InputError(
        f"'{path}' must be a file, found {found}: give another path"
    )
