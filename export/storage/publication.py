"""Moves finished files and directories to their destinations in one step.

Other programs see the old content or the new, never a part of it.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import re
from typing import Iterator, Sequence, Tuple

from ... import errors
from . import removal_rights, renames, replaced_folders, temporary_folders

# Systems allow 4,096. Leaves space for the name of a staging folder, and a module's
# files in it.
_LONGEST_PATH = 3700
# Leaves space for what `staging` adds to a name.
_LONGEST_STAGED_NAME = 200
# Device and inode, which a rename keeps.
_Identity = Tuple[int, int]


def check_destination(path: str, overwrite: bool | None) -> None:
    """Checks that a file or directory may be published at a path.

    Args:
      path: the destination.
      overwrite: whether to replace what is there, None if the command never does.

    Raises:
      errors.InputError: if something is there and `overwrite` is not True or this
        user may not remove it, or the path cannot be written.
    """
    remove_staging(path)
    absolute = os.fsencode(os.path.abspath(path))
    longest = max(map(len, absolute.split(b"/")))
    if longest > replaced_folders.LONGEST_NAME:
        raise errors.InputError(
            f"'{path}' must have names of at most "
            f"{replaced_folders.LONGEST_NAME} bytes, found {longest}"
        )
    length = len(absolute)
    if length > _LONGEST_PATH:
        raise errors.InputError(
            f"'{path}' must have an absolute path of at most {_LONGEST_PATH} bytes, "
            f"found {length}: give a shorter path"
        )
    if os.path.lexists(path) and not overwrite:
        advice = "" if overwrite is None else ", or --overwrite to replace it"
        raise errors.InputError(f"'{path}' exists already: give another path{advice}")
    removal_rights.check(path)
    check_can_create(path)


def check_can_create(path: str) -> None:
    """Checks that a file or folder can be created at a path.

    Permissions do not say it: nothing can be created in `/proc`, also by root.
    Therefore a temporary folder with a file is created in the first folder above that
    exists.

    Args:
      path: the destination. What is there does not count.

    Raises:
      errors.InputError: if nothing can be created there.
      OSError: if the disk is full.
    """
    while True:
        top = _find_first_to_create(path)
        folder = os.path.dirname(top)
        remove_staging(top)
        try:
            return _create_for_a_moment(*_split_staging(top))
        except OSError as error:
            # Another process may just have removed the folder, which was empty.
            if os.path.lexists(folder):
                raise _describe_refused(path, folder, error) from error


def _find_first_to_create(path: str) -> str:
    """Returns the outermost of a path and the folders above it that do not exist.

    Raises:
      errors.InputError: if what is above it is no folder.
    """
    top = os.path.abspath(path)
    while not os.path.lexists(os.path.dirname(top)):
        top = os.path.dirname(top)
    folder = os.path.dirname(top)
    if os.path.lexists(folder) and not os.path.isdir(folder):
        raise errors.InputError(
            f"'{path}' must be in a folder that can be written, found that '{folder}' "
            "is not one"
        )
    return top


def _create_for_a_moment(parent: str, prefix: str) -> None:
    directory = temporary_folders.create(parent, prefix)
    try:
        with open(os.path.join(directory, "file"), "xb"):
            pass
    finally:
        temporary_folders.remove(directory)


def _describe_refused(
    path: str, folder: str, error: OSError
) -> errors.InputError | OSError:
    """Returns the error of a destination in a folder where nothing can be created."""
    if errors.is_full(error):
        return OSError(error.errno, error.strerror, path)
    return errors.InputError(
        f"'{path}' must be in a folder that can be written, found that nothing can be "
        f"created in '{folder}': {error.strerror}"
    )


def check_is_no_mount_point(path: str) -> None:
    """Checks that a path is not that of a mounted file system, which stays in place.

    Raises:
      errors.InputError: if it is one.
    """
    if os.path.ismount(path) or os.path.realpath(path) in _list_mount_points():
        raise errors.InputError(
            f"'{path}' must be a path that can be renamed, found a mount point: give a "
            "path in it"
        )


def _list_mount_points() -> set[str]:
    """Returns the paths that the system lists: `ismount` does not find bind mounts."""
    try:
        with open("/proc/self/mountinfo", encoding="utf-8", errors="replace") as file:
            fields = [line.split() for line in file]
    except OSError:  # It is no Linux.
        return set()
    # The system writes a space as \040.
    return {
        re.sub(r"\\([0-7]{3})", lambda code: chr(int(code.group(1), 8)), each[4])
        for each in fields
    }


def is_within(path: str, folder: str) -> bool:
    """Returns whether a path is a folder or below it, also through symbolic links."""
    path, folder = os.path.realpath(path), os.path.realpath(folder)
    return os.path.commonpath([path, folder]) == folder


def lie_apart(one: str, other: str) -> bool:
    """Returns whether neither of two paths is the other or below it."""
    return not is_within(one, other) and not is_within(other, one)


@contextlib.contextmanager
def staging(path: str) -> Iterator[str]:
    """Creates a temporary directory beside a destination, and removes it at the end.

    It is beside the destination so that a rename moves its content there in one step.
    Those that killed processes left for the same destination are removed first.

    Args:
      path: the destination. Missing folders above it are created, and removed again if
        the body raises an error.

    Yields:
      The temporary directory.

    Raises:
      errors.InputError: if the folders cannot be created.
      OSError: if the disk is full.
      Exception: the body's. If it is an OSError or an InputError, it names the
        destination instead of the temporary directory.
    """
    parent, prefix = _split_staging(path)
    remove_staging(path)
    with contextlib.ExitStack() as stack:
        try:
            directory = _create_below(parent, prefix, stack)
        except OSError as error:
            folder = os.path.dirname(error.filename)
            raise _describe_refused(path, folder, error) from error
        stack.callback(temporary_folders.remove, directory)
        with _naming_destination(directory, path):
            yield directory


def _create_below(parent: str, prefix: str, stack: contextlib.ExitStack) -> str:
    """Creates a temporary folder, and the folders above it.

    Args:
      parent: the folder to create it in.
      prefix: the start of its name.
      stack: what removes the new folders above it after an error.
    """
    while True:
        stack.enter_context(temporary_folders.making_parents(parent))
        try:
            return temporary_folders.create(parent, prefix)
        except FileNotFoundError:
            # Another module of a list may have failed, and removed its empty folders.
            if os.path.isdir(parent):
                raise


@contextlib.contextmanager
def _naming_destination(directory: str, path: str) -> Iterator[None]:
    """Names a destination in errors about files that are staged for it.

    The user did not choose the temporary directory, which is gone afterwards.
    """
    try:
        yield
    except OSError as error:
        if isinstance(error.filename, str) and is_within(error.filename, directory):
            error.filename = path
        if isinstance(error.filename2, str) and is_within(error.filename2, directory):
            error.filename2 = path
        raise
    except errors.InputError as error:
        staged = re.compile(re.escape(directory) + r"[^'\s]*")
        messages = errors.list_messages(error)
        named = [staged.sub(lambda _: path, message) for message in messages]
        if named == messages:
            raise
        raise errors.make(named) from error


def remove_staging(path: str) -> None:
    """Removes the temporary directories of `staging` that killed processes left.

    A folder that such a process had moved aside is first moved back to its destination.
    The directories of processes that are still running are kept.

    Args:
      path: the destination.
    """
    temporary_folders.remove_abandoned(*_split_staging(path))


def staging_prefix(path: str) -> str:
    """Returns how the names of the temporary directories of `staging` start."""
    return _split_staging(path)[1]


def _split_staging(path: str) -> tuple[str, str]:
    """Returns the folder of the temporary directories and the prefix of their names."""
    parent, name = os.path.split(os.path.abspath(path))
    encoded = os.fsencode(name)
    if len(encoded) > _LONGEST_STAGED_NAME:
        name = hashlib.sha256(encoded).hexdigest()
    return parent, f".{name}.staging-"


def publish(staged: str, destination: str, overwrite: bool) -> None:
    """Moves a file or directory to its destination, see `publish_all`."""
    publish_all([(staged, destination)], overwrite)


def publish_all(moves: Sequence[tuple[str, str]], overwrite: bool) -> None:
    """Moves files and directories to their destinations, all of them or none.

    Args:
      moves: a finished file or directory in a directory of `staging`, and the path to
        move it to, for each of them, in order. A finished directory must be in the
        staging directory of its own destination. If the system can exchange two names,
        a destination has complete content at every moment.
      overwrite: whether to replace what is there.

    Raises:
      errors.InputError: if something is at a destination and `overwrite` is False:
        another program published there after `check_destination`.
      OSError: if the system cannot rename. After any error the destinations are as
        they were.
    """
    with contextlib.ExitStack() as undo:
        for staged, destination in moves:
            move = _Move(staged, destination)
            undo.callback(move.undo)
            move.make(overwrite)
        undo.pop_all()


class _Move:
    """One move, which can be undone if it was made in whole, in part or not at all."""

    def __init__(self, staged: str, destination: str) -> None:
        self._staged = staged
        self._destination = destination
        self._identity = _identify(staged)
        self._aside = replaced_folders.name_aside(staged)
        self._replaced: _Identity | None = None
        self._is_made = False

    def make(self, overwrite: bool) -> None:
        """Makes the move."""
        self._make(overwrite)
        self._is_made = True

    def _make(self, overwrite: bool) -> None:
        if not overwrite or not os.path.lexists(self._destination):
            self._publish_first()
            return
        self._replaced = _identify(self._destination)
        if renames.exchange(self._staged, self._destination):
            return
        if os.path.isdir(self._staged):
            replaced_folders.move_aside(self._destination, self._staged)
            os.rename(self._staged, self._destination)
        else:
            renames.keep(self._destination, self._aside)
            os.replace(self._staged, self._destination)

    def _publish_first(self) -> None:
        try:
            renames.rename_new(self._staged, self._destination)
        except OSError as error:
            if error.errno not in (errno.EEXIST, errno.ENOTEMPTY, errno.ENOTDIR):
                raise
            raise errors.InputError(
                f"'{self._destination}' must not exist, found a file or folder "
                "published by another program in the meantime: it is not changed"
            ) from error

    def undo(self) -> None:
        """Takes back what was published, and restores what it replaced."""
        # A system that cannot rename back must not hide the first error.
        with contextlib.suppress(OSError):
            is_published = self._is_made or (
                _identify(self._destination) == self._identity
            )
            if os.path.lexists(self._aside):
                if is_published and os.path.isdir(self._destination):
                    os.rename(self._destination, self._staged)
                os.replace(self._aside, self._destination)
            elif is_published and self._replaced is not None:
                if self._is_made or _identify(self._staged) == self._replaced:
                    renames.exchange(self._staged, self._destination)
            elif is_published and os.path.lexists(self._staged):
                os.remove(self._destination)  # A second link to the staged file.
            elif is_published:
                os.rename(self._destination, self._staged)


def _identify(path: str) -> _Identity | None:
    """Returns what identifies a file or folder, None if there is none."""
    try:
        status = os.lstat(path)
    except OSError:
        return None
    return status.st_dev, status.st_ino
