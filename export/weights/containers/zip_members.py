"""Reads zip archives whose members are not compressed, as libraries write weights."""

from __future__ import annotations

import collections
import contextlib
import io
import re
import struct
import zipfile
import zlib
from typing import Iterator

from .refusal import RefusedError, quoted

# Each member has an entry in the list at the end of the archive. B7 has 1,100 tensors,
# and its training saves each a few times.
_ZIP_ENTRY = b"PK\x01\x02"
_MOST_MEMBERS = 20_000

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


def is_zipped(data: bytes) -> bool:
    """Returns whether a file begins as a zip archive does."""
    return data.startswith(b"PK\x03\x04")


@contextlib.contextmanager
def open_archive(data: bytes, writer: str) -> Iterator[zipfile.ZipFile]:
    """Opens an archive. Reading each of its members takes no more memory than it.

    Args:
      data: The whole file.
      writer: The program that writes such archives, for messages.

    Yields:
      The archive. An error when reading it in the body is a refusal too.

    Raises:
      RefusedError: The archive is cut off or damaged, by the checksums of its members
        too, or is not one that the program writes.
    """
    # Before zipfile makes an object of each.
    if data.count(_ZIP_ENTRY) > _MOST_MEMBERS:
        raise describe_foreign(writer, f"more than {_MOST_MEMBERS} members")
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            _check_members(archive.infolist(), len(data), writer)
            yield archive
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
