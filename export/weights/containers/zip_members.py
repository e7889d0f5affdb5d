"""Reads zip archives whose members are not compressed, as libraries write weights."""

from __future__ import annotations

import collections
import contextlib
import re
import struct
import zipfile
import zlib
from typing import BinaryIO, Iterator

from .refusal import RefusedError, quoted

# Each member has an entry in the list at the end of the archive. B7 has 1,100 tensors,
# and its training saves each a few times.
_ZIP_ENTRY = b"PK\x01\x02"
_MOST_MEMBERS = 20_000
_BLOCK_BYTES = 2**20

# The errors of `zipfile` for an archive that is cut off, damaged or forged. It verifies
# the checksums, but not every number in the headers.
_ZIP_ERRORS = (
    zipfile.BadZipFile,
    EOFError,
    NotImplementedError,
    OSError,
    OverflowError,
    RuntimeError,
    ValueError,
    struct.error,
    zlib.error,
)


def is_zipped(start: bytes) -> bool:
    """Returns whether a file begins as a zip archive does."""
    return start.startswith(b"PK\x03\x04")


class Archive:
    """An archive that is open, whose members are read one at a time.

    Attributes:
      sizes: The number of bytes of each member by name.
    """

    def __init__(self, file: BinaryIO, writer: str):
        """Reads the list of the members.

        Args:
          file: The file, which must stay open.
          writer: The program that writes such archives, for messages.

        Raises:
          RefusedError: The archive is cut off or damaged, or is not one that the
            program writes.
        """
        with _refuse_damage():
            # Before zipfile makes an object of each.
            size, entries = _measure(file)
            if entries > _MOST_MEMBERS:
                raise describe_foreign(writer, f"more than {_MOST_MEMBERS} members")
            self._opened = zipfile.ZipFile(file)
            members = self._opened.infolist()
            _check_members(members, size, writer)
        self.sizes = {member.filename: member.file_size for member in members}

    def read(self, name: str) -> bytes:
        """Returns the content of a member, after its checksum.

        Raises:
          RefusedError: The member is cut off or damaged.
        """
        with _refuse_damage():
            return self._opened.read(name)

    def copy(self, name: str, path: str) -> None:
        """Writes the content of a member to a file, and checks its checksum.

        Raises:
          RefusedError: The member is cut off or damaged.
          OSError: The file cannot be written.
        """
        with _refuse_damage():
            member = self._opened.open(name)
        with member, open(path, "wb") as writable:
            while True:
                with _refuse_damage():
                    block = member.read(_BLOCK_BYTES)
                if not block:
                    return
                writable.write(block)


def _measure(file: BinaryIO) -> tuple[int, int]:
    """Returns the size of a file, and how often it has the start of a zip entry."""
    file.seek(0)
    size, entries, end = 0, 0, b""
    for block in iter(lambda: file.read(_BLOCK_BYTES), b""):
        size += len(block)
        entries += (end + block).count(_ZIP_ENTRY)
        end = block[-(len(_ZIP_ENTRY) - 1) :]
    return size, entries


@contextlib.contextmanager
def _refuse_damage() -> Iterator[None]:
    """Makes refusals of the errors of zipfile in the body."""
    try:
        yield
    except _ZIP_ERRORS as error:
        raise RefusedError(
            "a sound zip archive",
            f"one that cannot be read ({quoted(str(error))})",
            "the file was cut off or damaged",
        ) from error


def _check_members(members: list[zipfile.ZipInfo], available: int, writer: str) -> None:
    """Checks that the members are as libraries write them: not compressed.

    The sum of their sizes shows whether members overlap. After this check, reading all
    of them takes no more memory than the archive itself.
    """
    names = collections.Counter(member.filename for member in members)
    for member in members:
        name = quoted(member.filename)
        if names[member.filename] > 1:
            raise describe_foreign(writer, f"member {name} more than once")
        if not {"", ".", ".."}.isdisjoint(re.split(r"[/\\]", member.filename)):
            raise describe_foreign(
                writer, f"member {name}, whose path is not a plain one"
            )
        if member.compress_type != zipfile.ZIP_STORED:
            raise describe_foreign(writer, f"member {name} compressed")
        if member.file_size != member.compress_size:
            raise describe_foreign(writer, f"member {name} with two sizes")
    if sum(member.file_size for member in members) > available:
        raise describe_foreign(
            writer, f"members of more than the file's {available} bytes"
        )


def describe_foreign(writer: str, found: str) -> RefusedError:
    """Returns the refusal of an archive that a program does not write.

    Args:
      writer: The program.
      found: What the archive has instead.
    """
    return RefusedError(
        f"a zip archive as {writer} writes it",
        found,
        "another program packed or changed it",
    )
