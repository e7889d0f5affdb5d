"""Installs a module in the cache of tensorflow_hub."""

from __future__ import annotations

import contextlib
import dataclasses
import filecmp
import os
import shutil

from ... import errors
from .. import destinations
from ..collection import comparison
from ..storage import archive_reader, publication, removal_rights, renames
from . import contents as contents_lib
from . import download_lock, layout, observation, replacement, stored_module

# What `install` did, and what was in the place of the module before.
INSTALLED, REPLACED, UNCHANGED = "installed", "replaced", "unchanged"


@dataclasses.dataclass(frozen=True)
class Installed:
    """A module in the cache.

    Attributes:
      folder: the path of its folder.
      outcome: 'installed', 'replaced' if another module was there, or 'unchanged' if
        the same module was there.
      format: 'hub' or 'savedmodel'.
      bytes: the size of its files.
    """

    folder: str
    outcome: str
    format: str
    bytes: int


def install(
    module: str, handle: str, cache: str, manifest: str | None, overwrite: bool
) -> Installed:
    """Installs a module under a handle; executes nothing.

    A program that loads the handle at the same time finds the old module or the new
    one, or waits. If it has read the graph of the old one, and not yet its variables,
    it reads those of the new one.

    Args:
      module: the module's directory or its .tar.gz.
      handle: what the programs give to tensorflow_hub, see `handles.check`.
      cache: the absolute path of the cache.
      manifest: the path of the module's manifest, or None.
      overwrite: whether to replace another module.

    Raises:
      errors.InputError: if the module is damaged, differs from its manifest, or would
        replace something that is not to be replaced or that another user owns.
      OSError: if the disk is full. After an error, the cache is as it was.
    """
    stored = stored_module.at(cache, handle)
    with archive_reader.unpack(module) as directory:
        found = contents_lib.read(directory, module)
        if manifest is not None:
            _check_manifest(manifest, directory, module)
        outcome = observation.observe(
            stored, lambda: _find_outcome(stored, handle, found, overwrite)
        )
        if outcome == UNCHANGED and _is_described(stored, handle, manifest):
            _clean(stored)
        else:
            publication.check_can_create(stored.folder)
            source = _Source(directory, module, found, manifest)
            outcome = _publish(source, stored, handle, overwrite)
    return Installed(stored.folder, outcome, found.format, found.bytes)


@dataclasses.dataclass(frozen=True)
class _Source:
    """What is installed: a directory, its name in messages, its files, a manifest."""

    directory: str
    module: str
    contents: contents_lib.Contents
    manifest: str | None


def _check_manifest(manifest: str, directory: str, module: str) -> None:
    differences = comparison.find_differences(manifest, directory)
    if differences:
        shown = archive_reader.name_archive(differences[0], directory, module)
        raise errors.InputError(
            f"module '{module}' must be the one of its manifest '{manifest}', found "
            f"that {shown}: was one of them changed since it was built?"
        )


def _find_outcome(
    stored: stored_module.StoredModule,
    handle: str,
    found: contents_lib.Contents,
    overwrite: bool,
) -> str:
    """Returns what the outcome will be.

    Raises:
      errors.InputError: if something is in the way.
    """
    with replacement.refusing_others(stored):
        obstacle = stored.find_obstacle()
    if obstacle is not None:
        raise errors.InputError(
            f"'{stored.folder}' must be free or a module, found {obstacle}: move it "
            "to another place"
        )
    for path in (stored.descriptor, stored.manifest):
        if os.path.isdir(path) and not os.path.islink(path):
            raise errors.InputError(
                f"'{path}' must be a file or free, found a folder: move it to another "
                "place"
            )
    if stored.is_free():
        return INSTALLED
    if contents_lib.has_files(stored.folder, found):
        return UNCHANGED
    if overwrite:
        removal_rights.check(stored.folder)
        return REPLACED
    raise errors.InputError(
        f"the cache must have no other module as '{handle}', found one in "
        f"'{stored.folder}': give --overwrite to replace it"
    )


def _is_described(
    stored: stored_module.StoredModule, handle: str, manifest: str | None
) -> bool:
    """Returns whether the descriptor of a module, and its manifest, are there."""
    if manifest is not None:
        with contextlib.suppress(FileNotFoundError):
            if filecmp.cmp(manifest, stored.manifest, shallow=False):
                return stored.read_handle() == handle
        return False
    return stored.read_handle() == handle


def _clean(stored: stored_module.StoredModule) -> None:
    """Removes what a killed process left after it moved the module to its place."""
    with contextlib.suppress(OSError):  # The cache may be read-only.
        publication.remove_staging(stored.folder)
        download_lock.remove_abandoned(stored.folder)


def _publish(
    source: _Source, stored: stored_module.StoredModule, handle: str, overwrite: bool
) -> str:
    """Copies a module, and then moves it to its place in one step.

    Returns:
      The outcome, see `Installed`.
    """
    destinations.check_outside_of_modules(stored.folder)
    with publication.staging(stored.folder) as staging:
        staged = os.path.join(staging, "module")
        contents_lib.copy(source.directory, staged, source.contents, source.module)
        descriptor = os.path.join(staging, "descriptor")
        with errors.naming(descriptor), open(descriptor, "w", encoding="utf-8") as file:
            file.write(layout.describe(handle))
        manifest = None
        if source.manifest is not None:
            manifest = os.path.join(staging, "manifest")
            shutil.copyfile(source.manifest, manifest)
        with contextlib.ExitStack() as stack:
            stack.enter_context(replacement.refusing_others(stored))
            cache = os.path.dirname(stored.folder)
            stack.enter_context(download_lock.hold(cache, stored.folder))
            replacement.restore(stored)
            # Another program may have written there in the meantime.
            outcome = _find_outcome(stored, handle, source.contents, overwrite)
            _move(staged if outcome != UNCHANGED else None, descriptor, stored)
            _move_manifest(manifest, stored, is_new=outcome != UNCHANGED)
    return outcome


def _move(
    staged: str | None, descriptor: str, stored: stored_module.StoredModule
) -> None:
    """Moves a descriptor to its place, then the module, as tensorflow_hub does."""
    is_new = not os.path.lexists(stored.descriptor)
    old = descriptor + ".old"
    if not is_new:
        renames.keep(stored.descriptor, old)
    os.replace(descriptor, stored.descriptor)
    try:
        if staged is not None:
            replacement.put(staged, stored)
    except BaseException:
        if is_new:
            os.remove(stored.descriptor)
        else:
            os.replace(old, stored.descriptor)
        raise


def _move_manifest(
    manifest: str | None, stored: stored_module.StoredModule, is_new: bool
) -> None:
    """Moves a manifest to its place, or removes the one of an old module."""
    if manifest is not None:
        os.replace(manifest, stored.manifest)
    elif is_new:
        with contextlib.suppress(FileNotFoundError):
            os.remove(stored.manifest)
