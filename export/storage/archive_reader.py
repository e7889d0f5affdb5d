"""Unpacks .tar.gz archives from any source, within limits of size and place."""

from __future__ import annotations

import contextlib
import gzip
import os
import posixpath
import shutil
import tarfile
import tempfile
from typing import IO, Collection, Iterator, cast

from ... import errors, escaping, paths
from . import archive_members, temporary_folders

# How the names of archives end. It decides how a file of weights is read.
ENDINGS = (".tar.gz", ".tgz")

# The size that a module may have when it is unpacked. The largest network, l2, has
# 1.9 GB, and the largest classifier 2.1 GB.
MAX_UNPACKED_BYTES = 5 * 2**30

# The size of a member's header, including long names: tarfile reads it into memory.
_MAX_HEADER_BYTES = 2**16

# What may follow the last member: tar fills its last record with zeros.
_MAX_TRAILING_BYTES = 2**24

_BLOCK_BYTES = 2**20


@contextlib.contextmanager
def unpack(
    path: str,
    only: Collection[str] | None = None,
    max_bytes: int = MAX_UNPACKED_BYTES,
) -> Iterator[str]:
    """Gives a module's directory; unpacks an archive to a temporary one.

    An `errors.InputError` of the caller about a file in the temporary directory gets
    the archive's path instead: the user does not know the directory, and it is gone.

    Args:
      path: a directory or a .tar.gz.
      only: names of the files to unpack, all by default; see `extract_files`.
      max_bytes: the size that an archive may unpack to.

    Yields:
      `path` itself if it is a directory, otherwise a temporary directory.

    Raises:
      errors.InputError: if nothing is at the path, it is a URL, or the archive is
        damaged or unsafe.
    """
    paths.check("module", path)
    if os.path.isdir(path):
        if only is None:  # Otherwise TensorFlow does not read the files.
            paths.check_for_tensorflow("module", path)
        yield path
        return
    _check_is_local(path)
    with temporary_folders.in_system_folder() as directory:
        if only is None:
            extract(path, directory, max_bytes)
        else:
            extract_files(path, directory, only, max_bytes)
        try:
            yield directory
        except errors.InputError as error:
            message = name_archive(str(error), directory, path)
            if message == str(error):
                raise
            raise errors.InputError(message) from error


def name_archive(text: str, directory: str, path: str) -> str:
    """Names an archive in a text about its files.

    Args:
      text: a message, which TensorFlow may have written.
      directory: the directory that `unpack` gave.
      path: what it unpacked.
    """
    return text.replace(directory, path)


def is_address(path: str) -> bool:
    """Returns whether a text that should be a path is a URL."""
    return "://" in path and not os.path.exists(path)


def _check_is_local(path: str) -> None:
    """Refuses a URL, which tensorflow_hub would download: users download it first."""
    if not is_address(path):
        return
    how = "copy it to this machine"
    if path.startswith(("http://", "https://")):
        address = path
        if not path.endswith(ENDINGS) and "?" not in path:
            address += "?tf-hub-format=compressed"
        how = f"get it by curl -L -o module.tar.gz '{address}'"
    raise errors.InputError(
        f"'{path}' must be a module's directory or a .tar.gz on this machine, found an "
        f"address: {how} first"
    )


def extract(path: str, directory: str, max_bytes: int = MAX_UNPACKED_BYTES) -> None:
    """Unpacks a .tar.gz from any source.

    Args:
      path: the archive.
      directory: the folder to unpack to; nothing is written outside it.
      max_bytes: the size that it may unpack to.

    Raises:
      errors.InputError: if it is not a .tar.gz, is damaged, unpacks to more than
        `max_bytes`, or has members that are links, devices or outside the folder.
    """
    with _open_archive(path, max_bytes) as (tar, bounded):
        for member in _iterate_members(tar, bounded, path, max_bytes):
            _extract_member(tar, member, path, directory)
        bounded.allow(_MAX_TRAILING_BYTES)
        while bounded.read(_BLOCK_BYTES):  # To the end, where gzip's checksum is.
            pass


def extract_files(
    path: str,
    directory: str,
    names: Collection[str],
    max_bytes: int = MAX_UNPACKED_BYTES,
) -> None:
    """Unpacks some files of a .tar.gz from any source.

    Reads the archive only as far as the last of these files: a module's graph precedes
    its weights, which take most of the time. The rest is not checked.

    Args:
      path: the archive.
      directory: the folder to unpack to; nothing is written outside it.
      names: the files, such as `variables/variables.index`; those that are not in the
        archive are not written.
      max_bytes: the size of what may be read.

    Raises:
      errors.InputError: see `extract`, for the part that is read.
    """
    missing = set(names)
    with _open_archive(path, max_bytes) as (tar, bounded):
        for member in _iterate_members(tar, bounded, path, max_bytes):
            name = posixpath.normpath(member.name)
            if name in names:
                _extract_member(tar, member, path, directory)
                missing.discard(name)
            if not missing:
                break


def list_members(
    path: str, max_bytes: int = MAX_UNPACKED_BYTES
) -> list[tarfile.TarInfo]:
    """Returns what a .tar.gz holds, and unpacks nothing.

    Args:
      path: the archive.
      max_bytes: the size that it may unpack to.

    Raises:
      errors.InputError: see `extract`; or if other data follows the files.
    """
    with _open_archive(path, max_bytes) as (tar, bounded):
        members = list(_iterate_members(tar, bounded, path, max_bytes))
        bounded.allow(_MAX_TRAILING_BYTES)
        for block in iter(lambda: bounded.read(_BLOCK_BYTES), b""):
            if block.strip(b"\0"):
                raise errors.InputError(
                    f"archive '{path}' must end after its files, found other data: are "
                    "two archives joined?"
                )
        return members


class _BoundedReader:
    """Limits what the decompressor returns, including the headers of tar."""

    def __init__(self, file: gzip.GzipFile, path: str, max_bytes: int) -> None:
        self._file = file
        self._path = path
        self._max_bytes = max_bytes
        self._count = 0
        self.allow(0)

    def allow(self, size: int) -> None:
        """Allows reading content of a size, and the header after it."""
        self._end = min(self._count + size + _MAX_HEADER_BYTES, self._max_bytes)

    def read(self, size: int) -> bytes:
        """Returns the next bytes.

        Raises:
          errors.InputError: if they are more than is allowed.
        """
        content = self._file.read(min(size, self._end - self._count + 1))
        self._count += len(content)
        if self._count > self._end:
            raise errors.InputError(
                f"archive '{self._path}' must unpack to at most {self._max_bytes} "
                f"bytes, with at most {_MAX_HEADER_BYTES} in a header, found more: is "
                "it an archive bomb?"
            )
        return content


@contextlib.contextmanager
def _open_archive(
    path: str, max_bytes: int
) -> Iterator[tuple[tarfile.TarFile, _BoundedReader]]:
    """Gives an archive, and the bounded reader that it is read through."""
    paths.check_is_file(f"'{path}'", path)
    try:
        with open(path, "rb") as raw, gzip.GzipFile(fileobj=raw) as compressed:
            bounded = _BoundedReader(compressed, path, max_bytes)
            # Of a stream, tarfile calls `read` only.
            stream = cast("IO[bytes]", bounded)
            with tarfile.open(fileobj=stream, mode="r|") as tar:
                yield tar, bounded
    except errors.InputError:
        raise
    except OSError as error:
        if error.errno is None:  # From gzip, which has an error class since 3.8 only.
            raise _describe_damage(path, error) from error
        if error.filename != path:  # From writing the unpacked files.
            raise _describe_full_disk(path, error) from error
        found = f"a file that cannot be read: {error.strerror}"
        if isinstance(error, FileNotFoundError):
            found = "nothing at this path"
        raise errors.InputError(
            f"'{path}' must be a module's directory or a .tar.gz, found {found}"
        ) from error
    # tarfile raises errors of all kinds for malformed headers, such as ValueError,
    # OverflowError and RecursionError.
    except Exception as error:
        raise _describe_damage(path, error) from error


def _describe_damage(path: str, error: Exception) -> errors.InputError:
    found = escaping.cut(errors.first_line(error))
    return errors.InputError(
        f"'{path}' must be a whole .tar.gz, found an error when reading it ({found}): "
        "is it truncated or damaged, or another kind of file?"
    )


def _describe_full_disk(path: str, error: OSError) -> errors.InputError:
    return errors.InputError(
        f"archive '{path}' must fit into the folder for temporary files, "
        f"'{tempfile.gettempdir()}', found '{error.strerror}': set TMPDIR to a folder "
        "with more space"
    )


def _iterate_members(
    tar: tarfile.TarFile, bounded: _BoundedReader, path: str, max_bytes: int
) -> Iterator[tarfile.TarInfo]:
    """Yields the members of an archive; raises an error at the first unsafe one."""
    checks = archive_members.MemberChecks(path, max_bytes)
    for member in tar:
        # Before the next member is read, for which tarfile skips this one's content.
        checks.check(member)
        bounded.allow(member.size if member.isreg() else 0)
        yield member


def _extract_member(
    tar: tarfile.TarFile, member: tarfile.TarInfo, path: str, directory: str
) -> None:
    target = os.path.join(directory, *member.name.split("/"))
    try:
        if member.isdir():
            os.makedirs(target, exist_ok=True)
            return
        os.makedirs(os.path.dirname(target), exist_ok=True)
        content = tar.extractfile(member)
        assert content is not None  # It is None only of what `MemberChecks` refuses.
        with errors.naming(target), open(target, "xb") as file:
            shutil.copyfileobj(content, file)
    except (FileExistsError, IsADirectoryError, NotADirectoryError) as error:
        raise archive_members.refuse_second(path, member.name) from error
