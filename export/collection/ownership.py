"""Checks that a build replaces only files that builds wrote."""

from __future__ import annotations

import dataclasses
import os
from typing import Callable, Mapping

from ... import errors, json_files
from .. import destinations, replaceable
from ..pages import rendering
from . import entries, layout, manifest, provenance, reports

_LONGEST_START = 2**16

_CHECKS: Mapping[str, Callable[[str], bool]] = {
    "browser_page": lambda path: rendering.begins_as_page(_read_start(path)),
    "provenance": lambda path: _has_fields(path, provenance.FIELDS),
}


def check_collection(folder: str) -> None:
    """Checks that the files about a whole collection may be written to a folder.

    Raises:
      errors.InputError: if one would replace another file, or a module is around it.
    """
    destinations.check_outside_of_modules(os.path.join(folder, layout.INDEX))
    page = os.path.join(folder, layout.INDEX)
    _check(page, rendering.begins_as_page(_read_start(page)))
    for name, begins_as_own in reports.BEGINNINGS.items():
        path = os.path.join(folder, name)
        _check(path, begins_as_own(_read_start(path)))


def check_version(entry: entries.Entry, paths: layout.Paths) -> None:
    """Checks that the files of a version may be written.

    Raises:
      errors.InputError: if one would replace another file, or one that is read.
    """
    read = {"input": list(entry.files().values())}
    for path in dataclasses.astuple(paths):
        destinations.check_apart_from_inputs(path, read)
    replaceable.check_card(paths.page)
    replaceable.check_archive(paths.archive)
    for name, is_own in _CHECKS.items():
        path = getattr(paths, name)
        _check(path, is_own(path))
    _check(paths.manifest, _may_be_manifest(paths))


def _may_be_manifest(paths: layout.Paths) -> bool:
    """Returns whether a file is a manifest, or is damaged where only a manifest is."""
    if _has_fields(paths.manifest, manifest.FIELDS):
        return True
    return _is_file(paths.manifest) and os.path.isfile(paths.archive)


def _check(path: str, is_own: bool) -> None:
    if os.path.lexists(path) and not is_own:
        raise errors.InputError(
            f"'{path}' must be new or written by efficientnet-hub build, found another "
            "file, which would be lost: move it, or publish to another folder"
        )


def _is_file(path: str) -> bool:
    """Returns whether a path is that of a file, and not of a link to one."""
    return os.path.isfile(path) and not os.path.islink(path)


def _read_start(path: str) -> str:
    """Returns the first part of a file; none of a link or of what cannot be read."""
    if not _is_file(path):
        return ""
    with open(path, "rb") as file:
        return file.read(_LONGEST_START).decode("utf-8", "replace")


def _has_fields(path: str, names: tuple[str, ...]) -> bool:
    if not _is_file(path):
        return False
    try:
        document = json_files.read(path, "a file of a build")
    except errors.InputError:
        return False
    return isinstance(document, dict) and set(names) <= set(document)
