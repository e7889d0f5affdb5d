"""The reproducible .tar.gz of the hosting protocol; archives of others, warily.

https://www.tensorflow.org/hub/hosting: the archive's root is the module's root.
"""

from __future__ import annotations

import contextlib
import gzip
import os
import posixpath
import shutil
import tarfile
import tempfile
import zlib
from typing import BinaryIO, Collection, Iterator

from ... import errors

# What a module or a checkpoint may take when unpacked. The largest network, l2,
# is 1.9 GB; a checkpoint of its training holds it four times.
MAX_UNPACKED_BYTES = 16 * 2**30

# Of a member: tarfile takes its whole header, long names and all, into memory.
_MAX_HEADER_BYTES = 2**16

_COMPRESSION_LEVEL = 6
_FILE_MODE = 0o644
_FOLDER_MODE = 0o755


def write_archive(directory: str, path: str) -> None:
    """Packs a module's directory, the same content to the same bytes.

    Args:
      directory: the module's directory.
      path: the archive to write.
    """
    with open(path, "wb") as raw, _gzip(raw) as compressed, _tar(compressed) as tar:
        for name in _names(directory):
            _add(tar, os.path.join(directory, name), name)


def _gzip(raw: BinaryIO) -> gzip.GzipFile:
    """Compresses into a file, with neither name nor time in the header."""
    return gzip.GzipFile("", "wb", _COMPRESSION_LEVEL, raw, mtime=0)


def _tar(compressed: gzip.GzipFile) -> tarfile.TarFile:
    return tarfile.open(None, "w", compressed, format=tarfile.GNU_FORMAT)


def _names(directory: str) -> list[str]:
    """Names below a directory: the graph before weights, a folder before its files.

    Folders are members of their own: tensorflow_hub makes no others when it unpacks.
    """
    names = [
        os.path.relpath(os.path.join(folder, name), directory)
        for folder, folders, files in os.walk(directory)
        for name in folders + files
    ]
    return sorted(names, key=lambda name: (name.count(os.sep), name))


def _add(tar: tarfile.TarFile, path: str, name: str) -> None:
    info = tarfile.TarInfo(name.replace(os.sep, "/"))  # No time, no owner.
    if os.path.isdir(path):
        info.type = tarfile.DIRTYPE
        info.mode = _FOLDER_MODE
        tar.addfile(info)
        return
    info.size = os.path.getsize(path)
    info.mode = _FILE_MODE
    with open(path, "rb") as file:
        tar.addfile(info, file)


@contextlib.contextmanager
def unpacked(path: str, only: Collection[str] | None = None) -> Iterator[str]:
    """Gives a module's directory, unpacked for as long as needed if an archive.

    Args:
      path: a directory or a .tar.gz.
      only: names of the files to unpack, by default all; see `extract_files`.

    Yields:
      `path` itself if it is a directory, else a temporary directory.

    Raises:
      errors.InputError: if there is nothing at the path, it is an address, or the
        archive is damaged or unsafe.
    """
    if os.path.isdir(path):
        yield path
        return
    _check_no_address(path)
    with tempfile.TemporaryDirectory(prefix="efficientnet-hub-") as directory:
        if only is None:
            extract(path, directory)
        else:
            extract_files(path, directory, only)
        yield directory


def _check_no_address(path: str) -> None:
    """Refuses what tensorflow_hub would download: a download is left to the user."""
    if "://" not in path or os.path.exists(path):
        return
    how = "copy it to this machine"
    if path.startswith(("http://", "https://")):
        address = path
        if not path.endswith((".tar.gz", ".tgz")) and "?" not in path:
            address += "?tf-hub-format=compressed"
        how = f"get it by curl -L -o module.tar.gz '{address}'"
    raise errors.InputError(
        f"'{path}' must be a module's directory or a .tar.gz on this machine, found an "
        f"address: {how} first"
    )


def extract(path: str, directory: str, max_bytes: int = MAX_UNPACKED_BYTES) -> None:
    """Unpacks a .tar.gz that somebody else may have made.

    Args:
      path: the archive.
      directory: where to; nothing is written outside it.
      max_bytes: how much it may unpack to.

    Raises:
      errors.InputError: if it is no .tar.gz, is damaged, unpacks to more than
        `max_bytes`, or has members that are links, devices or lie outside it.
    """
    with _opened(path, max_bytes) as (tar, bounded):
        for member in _members(tar, bounded, path):
            _extract_member(tar, member, path, directory)
        bounded.expect(max_bytes)
        while bounded.read(2**20):  # To the end, where gzip's checksum is.
            pass


def extract_files(path: str, directory: str, names: Collection[str]) -> None:
    """Unpacks some files of a .tar.gz that somebody else may have made.

    The archive is read as far as the last of them: a module's graph stands before
    its weights, which take most of the time. What is behind it is not checked.

    Args:
      path: the archive.
      directory: where to; nothing is written outside it.
      names: the files, as in `variables/variables.index`; those that are not in the
        archive are not written.

    Raises:
      errors.InputError: as `extract` does, for what is read.
    """
    missing = set(names)
    with _opened(path, MAX_UNPACKED_BYTES) as (tar, bounded):
        for member in _members(tar, bounded, path):
            name = posixpath.normpath(member.name)
            if name in names:
                _extract_member(tar, member, path, directory)
                missing.discard(name)
            if not missing:
                break


@contextlib.contextmanager
def _opened(path: str, max_bytes: int) -> Iterator[tuple]:
    """Gives an archive, and the bounded reader below it."""
    try:
        with open(path, "rb") as raw, gzip.GzipFile(fileobj=raw) as compressed:
            bounded = _BoundedReader(compressed, path, max_bytes)
            with tarfile.open(fileobj=bounded, mode="r|") as tar:
                yield tar, bounded
    except OSError as error:
        if error.errno is None:  # gzip's own complaint, of Python 3.7 too.
            raise _damaged(path, error) from error
        if error.filename != path:  # Writing what was unpacked.
            raise
        raise errors.InputError(
            f"'{path}' must be a module's directory or a .tar.gz, but cannot be "
            f"read: {error.strerror}"
        ) from error
    except (EOFError, tarfile.TarError, zlib.error) as error:
        raise _damaged(path, error) from error


def _damaged(path: str, error: Exception) -> errors.InputError:
    return errors.InputError(
        f"'{path}' must be a whole .tar.gz, but reading it ends in '{error}': is "
        "it truncated or damaged, or another kind of file?"
    )


class _BoundedReader:
    """Counts what comes out of the decompressor, headers of tar included."""

    def __init__(self, file, path: str, max_bytes: int):
        self._file = file
        self._path = path
        self._max_bytes = max_bytes
        self._count = 0
        self.expect(0)

    def expect(self, size: int) -> None:
        """Lets content of a size, and the header after it, be read from here on."""
        self._end = min(self._count + size + _MAX_HEADER_BYTES, self._max_bytes)

    def read(self, size: int) -> bytes:
        content = self._file.read(min(size, self._end - self._count + 1))
        self._count += len(content)
        if self._count > self._end:
            raise errors.InputError(
                "archive '%s' must unpack to at most %d bytes, with at most %d in a "
                "header, found more: is this an archive bomb?"
                % (self._path, self._max_bytes, _MAX_HEADER_BYTES)
            )
        return content


def _members(
    tar: tarfile.TarFile, bounded: _BoundedReader, path: str
) -> Iterator[tarfile.TarInfo]:
    """Yields the members of an archive, as long as they are safe."""
    for member in tar:
        bounded.expect(member.size if member.isreg() else 0)
        _check_member(member, path)
        yield member


def _check_member(member: tarfile.TarInfo, path: str) -> None:
    parts = member.name.split("/")
    if member.name.startswith("/") or ".." in parts or set(member.name) & set("\\\0"):
        raise errors.InputError(
            f"archive '{path}' must stay in its own folder, found the member "
            f"{member.name!r}"
        )
    if not member.isdir() and (not member.isreg() or member.issparse()):
        raise errors.InputError(
            f"archive '{path}' must hold files and folders only, found the member "
            f"{member.name!r}, which is a link or a device"
        )


def _extract_member(
    tar: tarfile.TarFile, member: tarfile.TarInfo, path: str, directory: str
) -> None:
    target = os.path.join(directory, *member.name.split("/"))
    try:
        if member.isdir():
            os.makedirs(target, exist_ok=True)
            return
        os.makedirs(os.path.dirname(target), exist_ok=True)
        with open(target, "xb") as file:
            shutil.copyfileobj(tar.extractfile(member), file)
    except (FileExistsError, IsADirectoryError, NotADirectoryError) as error:
        raise errors.InputError(
            f"archive '{path}' must hold each file once, found {member.name!r} twice"
        ) from error
