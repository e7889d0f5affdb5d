"""Where a module, its page and its archive go: checked, built beside, published."""

from __future__ import annotations

import contextlib
import dataclasses
import os
from typing import Iterator

from .. import errors
from .saved_model import module_files
from .storage import publication


@dataclasses.dataclass(frozen=True)
class Paths:
    """Where the module, its page and its archive are."""

    module: str
    card: str
    archive: str | None


def check(
    output: str, archive: str | None, overwrite: bool, source: str | None = None
) -> Paths:
    """Checks that a module and its archive may be written.

    Args:
      output: as of `export_module`, and so are the others.
      archive: path of a .tar.gz to write too.
      overwrite: whether to replace what is at the destinations.
      source: a module that is read, of which nothing may be replaced.

    Returns:
      Where each goes.

    Raises:
      errors.InputError: if something is there that must not be replaced.
    """
    destinations = Paths(output, output + ".md", archive)
    for path in (output, destinations.card, archive):
        if None not in (path, source) and not publication.lie_apart(path, source):
            raise errors.InputError(
                f"'{path}' must lie apart from the module '{source}', which is "
                "read and would be lost or changed: give another path"
            )
    for path in (output, destinations.card, archive):
        if path is not None:
            publication.check_destination(path, overwrite)
    if archive is not None:
        _check_apart(archive, destinations)
    # --overwrite is for modules, not for whatever a typing error names.
    is_there = os.path.lexists(output) and not _is_empty_folder(output)
    if is_there and not module_files.is_saved_model_2(output):
        module_files.read_saved_model(output)
    for path in (destinations.card, archive):
        if path is not None and os.path.isdir(path):
            raise errors.InputError(
                f"'{path}' must be a file to be overwritten, found a folder"
            )
    return destinations


def _is_empty_folder(path: str) -> bool:
    return os.path.isdir(path) and not os.listdir(path)


def _check_apart(archive: str, destinations: Paths) -> None:
    """Checks that the archive is no other destination, nor within or above one."""
    others = (destinations.module, destinations.card)
    if not all(publication.lie_apart(archive, other) for other in others):
        raise errors.InputError(
            f"archive '{archive}' must lie outside the module "
            f"'{destinations.module}' and its page"
        )


@contextlib.contextmanager
def staging(destinations: Paths) -> Iterator[Paths]:
    """Gives where to build each, beside its destination; gone in the end."""
    with contextlib.ExitStack() as stack:
        folder = stack.enter_context(publication.staging(destinations.module))
        module, archive = os.path.join(folder, "module"), None
        os.mkdir(module)
        if destinations.archive is not None:
            beside = stack.enter_context(publication.staging(destinations.archive))
            archive = os.path.join(beside, "archive")
        yield Paths(module, os.path.join(folder, "card"), archive)


def publish(staged: Paths, destinations: Paths, overwrite: bool) -> None:
    """Brings what was built into view."""
    publication.publish(staged.module, destinations.module, overwrite)
    publication.publish(staged.card, destinations.card, overwrite)
    if destinations.archive is not None:
        publication.publish(staged.archive, destinations.archive, overwrite)
