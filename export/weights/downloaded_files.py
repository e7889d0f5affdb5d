"""Checks the content of downloads: what enters the cache is used from then on."""

from __future__ import annotations

import posixpath

from ... import digests, errors
from ..storage import archive_reader
from . import addresses

# How a page starts that a server or a network sends instead of a file.
_PAGE_STARTS = (b"<!doctype html", b"<html", b"<?xml")
_LONGEST_START = 256

_ZIP = b"PK\x03\x04"
_HDF5 = b"\x89HDF\r\n\x1a\n"
_PYTORCH = (_ZIP, b"\x80")
# How the files start that have an ending. The endings of archives are not among them:
# archives are read as a whole.
_STARTS = {
    **dict.fromkeys((".pth", ".pt", ".pth.tar", ".bin", ".ckpt"), _PYTORCH),
    **dict.fromkeys((".h5", ".hdf5"), (_HDF5,)),
    ".keras": (_ZIP,),
}
# A file of safetensors starts with the length of its header.
_SAFETENSORS = ".safetensors"
_HEADER_START = slice(8, 9)


def check(address: addresses.Address, path: str, max_bytes: int) -> None:
    """Checks that a file may enter the cache.

    Args:
      address: where it is from.
      path: the file.
      max_bytes: the greatest size of what an archive unpacks to.

    Raises:
      errors.InputError: if it is another file than expected, or of another kind.
    """
    with open(path, "rb") as file:
        start = file.read(_LONGEST_START)
    if start.lstrip(b"\xef\xbb\xbf \t\r\n").lower().startswith(_PAGE_STARTS):
        raise errors.InputError(
            f"the weights must be at {address.shown}, found a web page there: does the "
            "network or the server ask for a login?"
        )
    if address.sha256 is not None:
        found = digests.of_file(path)
        if found != address.sha256:
            raise errors.InputError(
                f"the file at {address.shown} must have the SHA-256 {address.sha256}, "
                f"found {found}: was it replaced?"
            )
    _check_kind(address, start)
    if address.file_name.endswith(archive_reader.ENDINGS):
        try:
            _check_archive(path, max_bytes)
        except errors.InputError as error:
            # The user does not know the file, and it is not kept.
            message = str(error).replace(path, address.shown)
            raise errors.InputError(message) from error


def _check_kind(address: addresses.Address, start: bytes) -> None:
    name = address.file_name
    if not _begins_as_named(name, start):
        found = f"one that begins with {start[:8]!r}" if start else "an empty file"
        raise errors.InputError(
            f"the weights must be at {address.shown}, in a file such as '{name}', "
            f"found {found}: is it of another kind, or does the server have a failure?"
        )


def _begins_as_named(name: str, start: bytes) -> bool:
    """Returns whether a file begins as one with its name."""
    if name.endswith(_SAFETENSORS):
        return start[_HEADER_START] == b"{"
    for ending, expected in _STARTS.items():
        if name.endswith(ending):
            return start.startswith(expected)
    return True


def _check_archive(path: str, max_bytes: int) -> None:
    """Reads an archive to its end, and checks that it holds a checkpoint."""
    members = archive_reader.list_members(path, max_bytes)
    files = [posixpath.normpath(each.name) for each in members if each.isreg()]
    folders = {posixpath.dirname(file) for file in files if file.endswith(".index")}
    if len(folders) != 1:
        raise errors.InputError(
            f"archive '{path}' must hold one folder with a checkpoint, found "
            f"{len(folders)}: is it of something else?"
        )
