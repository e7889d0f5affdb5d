"""What the members of an archive may be.

Their headers may say anything: tarfile returns sizes, names and types as they stand.
"""

from __future__ import annotations

import posixpath
import tarfile

from ... import errors, escaping

# A module has ten files, the folder of a training's checkpoints some dozens.
MAX_MEMBERS = 500
# Python removes folders by recursion, and a file system has limits of its own.
MAX_LEVELS = 32
MAX_NAME_BYTES = 255


class MemberChecks:
    """Checks the members of an archive one after the other."""

    def __init__(self, path: str, max_bytes: int) -> None:
        """Starts with the first member.

        Args:
          path: the archive, for messages.
          max_bytes: the size that it may unpack to.
        """
        self._path = path
        self._max_bytes = max_bytes
        self._count = 0
        self._files: set[str] = set()

    def check(self, member: tarfile.TarInfo) -> None:
        """Checks the next member.

        Raises:
          errors.InputError: if it is one too many, too large, the second of its name,
            outside the archive's folder, deep in it, a link or a device.
        """
        self._count += 1
        if self._count > MAX_MEMBERS:
            raise self._refuse(
                f"have at most {MAX_MEMBERS} files and folders", "more: is it a module?"
            )
        self._check_name(member.name)
        self._check_kind(member)
        if member.isreg():
            self._check_file(member)

    def _check_name(self, name: str) -> None:
        parts = name.split("/")
        if name.startswith("/") or ".." in parts or set(name) & set("\\\0"):
            raise self._refuse("stay in its own folder", f"the member {shown(name)}")
        num_bytes = len(name.encode("utf-8", "surrogateescape"))
        if num_bytes > MAX_NAME_BYTES or len(parts) > MAX_LEVELS:
            raise self._refuse(
                f"have names of at most {MAX_NAME_BYTES} bytes and {MAX_LEVELS} levels",
                f"one of {num_bytes} bytes and {len(parts)} levels, {shown(name)}",
            )

    def _check_kind(self, member: tarfile.TarInfo) -> None:
        if not member.isdir() and (not member.isreg() or member.issparse()):
            raise self._refuse(
                "hold files and folders only",
                f"the member {shown(member.name)}, which is a link or a device",
            )

    def _check_file(self, member: tarfile.TarInfo) -> None:
        if not 0 <= member.size <= self._max_bytes:
            raise self._refuse(
                f"unpack to at most {self._max_bytes} bytes",
                f"{escaping.cut(member.size)} for the member {shown(member.name)}: is "
                "it damaged, or an archive bomb?",
            )
        name = posixpath.normpath(member.name)
        if name in self._files:
            raise refuse_second(self._path, member.name)
        self._files.add(name)

    def _refuse(self, expected: str, found: str) -> errors.InputError:
        return errors.InputError(
            f"archive '{self._path}' must {expected}, found {found}"
        )


def refuse_second(path: str, name: str) -> errors.InputError:
    """Returns the error of a name that another member of an archive has taken."""
    return errors.InputError(
        f"archive '{path}' must hold each file once, found {shown(name)} twice"
    )


def shown(name: str) -> str:
    """Returns a member's name for a message, cut and quoted."""
    return repr(escaping.cut(name))
