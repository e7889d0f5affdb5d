"""Checks, staging and publication of the paths that a module is written to."""

from __future__ import annotations

import contextlib
import dataclasses
import os
from typing import Iterator, Mapping, Sequence

from .. import errors, escaping
from .. import paths as paths_lib
from . import replaceable
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
    output: str,
    archive: str | None,
    overwrite: bool,
    inputs: Mapping[str, Sequence[str]] | None = None,
) -> Paths:
    """Chooses the paths of a module, its page and its archive, and checks each.

    Args:
      output: directory to write the module to.
      archive: path of a .tar.gz to write too, or None.
      overwrite: whether to replace what exists at the destinations.
      inputs: files and folders that are read, by what they are, e.g. 'labels'. No
        destination may replace any of them.

    Returns:
      The destinations.

    Raises:
      errors.InputError: if a destination exists and must not be replaced, or cannot be
        written.
    """
    paths_lib.check_for_tensorflow("output", output)
    if archive is not None:
        check_is_path("archive", archive)
    destinations = Paths(output, output + ".md", archive)
    # First what --overwrite does not replace, so that no message advises it in vain.
    for path in (destinations.module, *destinations.files):
        check_apart_from_inputs(path, inputs or {})
    replaceable.check_module(destinations.module, destinations.card)
    for path in (destinations.module, *destinations.files):
        check_outside_of_modules(path)
        publication.check_is_no_mount_point(path)
    replaceable.check_card(destinations.card)
    if archive is not None:
        _check_archive_apart(archive, destinations)
        _check_ending(archive)
        replaceable.check_archive(archive)
    for path in (destinations.module, *destinations.files):
        publication.check_destination(path, overwrite)
    return destinations


def check_new(path: str, inputs: Mapping[str, Sequence[str]]) -> None:
    """Checks the path of a file or folder that replaces nothing.

    Args:
      path: the destination.
      inputs: files and folders that are read, by what they are, e.g. 'weights'.

    Raises:
      errors.InputError: if it exists, is in a module or in a folder that is read, or
        cannot be written.
    """
    check_apart_from_inputs(path, inputs)
    check_outside_of_modules(path)
    publication.check_destination(path, overwrite=None)


def check_apart_from_inputs(path: str, inputs: Mapping[str, Sequence[str]]) -> None:
    """Checks that a destination is no input, contains none, and is in no folder of it.

    Args:
      path: the destination.
      inputs: files and folders that are read, by what they are, e.g. 'labels'.

    Raises:
      errors.InputError: if it is an input, contains one, or is in a folder of one.
    """
    for kind, files in inputs.items():
        for file in files:
            if not _lies_apart(path, file):
                raise errors.InputError(
                    f"'{path}' must lie apart from the {kind} '{file}', which is read "
                    "and would be lost or changed: give another path"
                )


def _lies_apart(path: str, file: str) -> bool:
    """Returns whether writing to a path leaves an input as it is."""
    if os.path.exists(path) and os.path.exists(file) and os.path.samefile(path, file):
        return False
    if os.path.isdir(file):
        return publication.lie_apart(path, file)
    return not publication.is_within(file, path)


def check_outside_of_modules(path: str) -> None:
    """Checks that no folder above a destination is a module.

    Raises:
      errors.InputError: if one is.
    """
    folder = os.path.dirname(os.path.realpath(path))
    while True:
        for name in module_files.GRAPH_FILES:
            if os.path.isfile(os.path.join(folder, name)):
                raise errors.InputError(
                    f"'{path}' must lie outside of other modules, found the module "
                    f"'{folder}' around it: give another path"
                )
        if folder == os.path.dirname(folder):
            return
        folder = os.path.dirname(folder)


def normalize(output: str) -> str:
    """Returns the path of a directory to write, without a separator at its end.

    Raises:
      errors.InputError: if it is empty or an address, or TensorFlow cannot write to it.
    """
    check_is_path("output", output)
    paths_lib.check_for_tensorflow("output", output)
    return os.path.normpath(output)


def check_is_path(option: str, path: str) -> None:
    """Checks that a path is not empty, and not an address.

    Args:
      option: what the path is, for the message.
      path: the path.

    Raises:
      errors.InputError: if it is.
    """
    paths_lib.check(option, path)
    if not path:
        raise errors.InputError(f"{option} must be a path, found ''")
    if archive_reader.is_address(path):
        raise errors.InputError(
            f"{option} must be a path on this machine, found the address '{path}': "
            "write it here, and copy it there"
        )


def _check_ending(archive: str) -> None:
    """Checks that other commands read the file as an archive."""
    if not archive.endswith(archive_reader.ENDINGS):
        raise errors.InputError(
            f"archive must end in {' or '.join(archive_reader.ENDINGS)}, found "
            f"{escaping.show_value(archive)}: the module is written as such a file"
        )


def _check_archive_apart(archive: str, destinations: Paths) -> None:
    """Checks that no other destination is the archive, or lies within or above it."""
    others = (destinations.module, destinations.card)
    if not all(publication.lie_apart(archive, other) for other in others):
        raise errors.InputError(
            f"archive '{archive}' must lie outside the module "
            f"'{destinations.module}' and its page"
        )


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


def publish_all(
    moves: Sequence[tuple[Paths, Paths]],
    overwrite: bool,
) -> None:
    """Moves what was built to its destinations, all of it or nothing.

    Args:
      moves: where `staging` said to build, and the destinations, for each module.
      overwrite: whether to replace what is there.
    """
    publication.publish_all(
        [
            move
            for staged, paths in moves
            # The page first: without it, a killed process would leave a module that
            # --overwrite does not replace.
            for move in zip(
                (*staged.files, staged.module), (*paths.files, paths.module)
            )
        ],
        overwrite,
    )
