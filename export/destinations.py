"""Checks, staging and publication of the paths that a module is written to."""

from __future__ import annotations

import contextlib
import dataclasses
import os
from typing import Iterator

from .. import errors
from .saved_model import module_files
from .storage import archive_reader, publication


@dataclasses.dataclass(frozen=True)
class Paths:
    """Paths of a module, its page and its archive.

    Attributes:
      module: a directory.
      card: a file.
      archive: a file, or None if no archive is written.
    """

    module: str
    card: str
    archive: str | None

    @property
    def files(self) -> list[str]:
        """Those of the paths that are files."""
        return [self.card] if self.archive is None else [self.card, self.archive]


def plan(
    output: str, archive: str | None, overwrite: bool, source: str | None = None
) -> Paths:
    """Chooses the paths of a module, its page and its archive, and checks each.

    Args:
      output: directory to write the module to.
      archive: path of a .tar.gz to write too, or None.
      overwrite: whether to replace what exists at the destinations.
      source: a module that is read. No destination may replace any of it.

    Returns:
      The destinations.

    Raises:
      errors.InputError: if a destination exists and must not be replaced, or cannot be
        written.
    """
    if archive is not None:
        _check_is_path("archive", archive)
    destinations = Paths(output, output + ".md", archive)
    if source is not None:
        _check_apart_from_source(destinations, source)
    # First what --overwrite does not replace, so that no message advises it in vain.
    _check_is_module_if_there(destinations.module)
    for path in destinations.files:
        if os.path.isdir(path):
            raise errors.InputError(
                f"'{path}' must be a file, found a folder: give another path"
            )
    for path in (destinations.module, *destinations.files):
        publication.check_destination(path, overwrite)
    if archive is not None:
        _check_archive_apart(archive, destinations)
    return destinations


def normalize(output: str) -> str:
    """Returns the path of a directory to write, without a separator at its end.

    Raises:
      errors.InputError: if it is empty or an address.
    """
    _check_is_path("output", output)
    return os.path.normpath(output)


def _check_is_path(option: str, path: str) -> None:
    if not path:
        raise errors.InputError(f"{option} must be a path, found ''")
    if archive_reader.is_address(path):
        raise errors.InputError(
            f"{option} must be a path on this machine, found the address '{path}': "
            "write it here, and copy it there"
        )


def _check_apart_from_source(destinations: Paths, source: str) -> None:
    for path in (destinations.module, *destinations.files):
        if not publication.lie_apart(path, source):
            raise errors.InputError(
                f"'{path}' must lie apart from the module '{source}', which is "
                "read and would be lost or changed: give another path"
            )


def _check_archive_apart(archive: str, destinations: Paths) -> None:
    """Checks that no other destination is the archive, or lies within or above it."""
    others = (destinations.module, destinations.card)
    if not all(publication.lie_apart(archive, other) for other in others):
        raise errors.InputError(
            f"archive '{archive}' must lie outside the module "
            f"'{destinations.module}' and its page"
        )


def _check_is_module_if_there(path: str) -> None:
    """Checks that a directory is empty or a module.

    A user who gives a wrong path with --overwrite must not lose other files.
    """
    is_empty = os.path.isdir(path) and not os.listdir(path)
    if not os.path.lexists(path) or is_empty:
        return
    try:
        if not module_files.is_saved_model_2(path):
            module_files.read_saved_model(path)
    except errors.InputError as error:
        found = "a folder" if os.path.isdir(path) else "a file"
        raise errors.InputError(
            f"'{path}' must be a new path or a module, found {found} that is not a "
            "module: give another path"
        ) from error


@contextlib.contextmanager
def staging(destinations: Paths) -> Iterator[Paths]:
    """Yields where to build each, beside its destination; removed at the end."""
    with contextlib.ExitStack() as stack:
        folder = stack.enter_context(publication.staging(destinations.module))
        module, archive = os.path.join(folder, "module"), None
        os.mkdir(module)
        if destinations.archive is not None:
            beside = stack.enter_context(publication.staging(destinations.archive))
            archive = os.path.join(beside, "archive")
        yield Paths(module, os.path.join(folder, "card"), archive)


def publish(staged: Paths, destinations: Paths, overwrite: bool) -> None:
    """Moves what was built to its destinations."""
    publication.publish(staged.module, destinations.module, overwrite)
    for built, destination in zip(staged.files, destinations.files):
        publication.publish(built, destination, overwrite)
