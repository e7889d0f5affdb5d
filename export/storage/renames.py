"""Renames that neither Python nor every file system has."""

from __future__ import annotations

import ctypes
import errno
import os
import shutil

_AT_FDCWD = -100
# Of linux/fs.h.
_RENAME_NOREPLACE = 1
_RENAME_EXCHANGE = 2
# Errors of a system call that the kernel or the file system does not have. File systems
# without hard links, such as FAT, and some network shares return the others.
_MISSING = (
    errno.ENOSYS,
    errno.EINVAL,
    errno.ENOTSUP,
    errno.EOPNOTSUPP,
    errno.EPERM,
    errno.EACCES,
)


def exchange(one: str, other: str) -> bool:
    """Exchanges two names in one step; returns whether the system can do that.

    Raises:
      OSError: if the exchange fails for another reason.
    """
    return _renameat2(one, other, _RENAME_EXCHANGE)


def rename_new(source: str, destination: str) -> None:
    """Renames a file or folder to a name that does not exist.

    Raises:
      OSError: if the name exists, with the number EEXIST, ENOTEMPTY or ENOTDIR, or the
        system cannot rename.
    """
    if _renameat2(source, destination, _RENAME_NOREPLACE):
        return
    if os.path.isdir(source):
        os.rename(source, destination)  # The system refuses a folder with content.
    elif _link(source, destination):
        os.remove(source)
    else:
        _replace_placeholder(source, destination)


def _renameat2(source: str, destination: str, flag: int) -> bool:
    """Calls renameat2; returns False if the system cannot do what the flag says."""
    renameat2 = getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None)
    if renameat2 is None:
        return False
    paths = os.fsencode(source), os.fsencode(destination)
    if renameat2(_AT_FDCWD, paths[0], _AT_FDCWD, paths[1], flag) == 0:
        return True
    code = ctypes.get_errno()
    if code in _MISSING:
        return False
    raise OSError(code, os.strerror(code), destination)


def _link(source: str, destination: str) -> bool:
    """Creates a hard link; returns False if the file system has none."""
    try:
        os.link(source, destination)
    except OSError as error:
        if error.errno in _MISSING:
            return False
        raise
    return True


def _replace_placeholder(source: str, destination: str) -> None:
    """Reserves the name by an empty file, which the file then replaces."""
    os.close(os.open(destination, os.O_CREAT | os.O_EXCL | os.O_WRONLY))
    try:
        os.replace(source, destination)
    except BaseException:
        os.remove(destination)
        raise


def keep(source: str, copy: str) -> None:
    """Gives the content of a file a second name, to restore it later."""
    if not _link(source, copy):
        shutil.copy2(source, copy)
