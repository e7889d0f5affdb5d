"""Writes a module's directory as a reproducible .tar.gz for the hosting protocol.

The root of the archive is the root of the module, see
https://www.tensorflow.org/hub/hosting.
"""

from __future__ import annotations

import gzip
import os
import tarfile
from typing import BinaryIO

from ... import errors

_COMPRESSION_LEVEL = 6
_FILE_MODE = 0o644
_FOLDER_MODE = 0o755


def write_archive(directory: str, path: str) -> None:
    """Writes a module's directory as an archive.

    The same content gives the same bytes.

    Args:
      directory: the module's directory.
      path: the archive to write.
    """
    with errors.naming(path), open(path, "wb") as raw, _open_gzip(
        raw
    ) as compressed, _open_tar(compressed) as tar:
        for name in _list_names(directory):
            _add_member(tar, os.path.join(directory, name), name)


def is_own(member: tarfile.TarInfo) -> bool:
    """Returns whether a member of an archive is as `write_archive` writes it.

    Other programs write times, owners or other names by default.
    """
    mode = _FOLDER_MODE if member.isdir() else _FILE_MODE
    return (
        member.mode == mode
        and not (member.mtime or member.uid or member.gid)
        and not (member.uname or member.gname or member.name.startswith("."))
    )


def _open_gzip(raw: BinaryIO) -> gzip.GzipFile:
    """Returns a compressor whose header has no file name and no time."""
    return gzip.GzipFile("", "wb", _COMPRESSION_LEVEL, raw, mtime=0)


def _open_tar(compressed: gzip.GzipFile) -> tarfile.TarFile:
    return tarfile.open(None, "w", compressed, format=tarfile.GNU_FORMAT)


def _list_names(directory: str) -> list[str]:
    """Returns relative paths: the graph before the weights, folders before their files.

    Folders have members of their own: tensorflow_hub creates no others when it unpacks
    an archive.
    """
    names = [
        os.path.relpath(os.path.join(folder, name), directory)
        for folder, folders, files in os.walk(directory)
        for name in folders + files
    ]
    return sorted(names, key=lambda name: (name.count(os.sep), name))


def _add_member(tar: tarfile.TarFile, path: str, name: str) -> None:
    info = tarfile.TarInfo(name.replace(os.sep, "/"))  # Without time and owner.
    if os.path.isdir(path):
        info.type = tarfile.DIRTYPE
        info.mode = _FOLDER_MODE
        tar.addfile(info)
        return
    info.size = os.path.getsize(path)
    info.mode = _FILE_MODE
    with open(path, "rb") as file:
        tar.addfile(info, file)
