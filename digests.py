"""Computes SHA-256 hashes of the contents of files."""

from __future__ import annotations

import hashlib
import os
from typing import BinaryIO, Iterable

_BLOCK_BYTES = 2**20


def of_file(path: str) -> str:
    """Returns the SHA-256 of a file in hexadecimal.

    Raises:
      OSError: if the file cannot be read.
    """
    with open(path, "rb") as file:
        return of_stream(file)


def of_stream(file: BinaryIO) -> str:
    """Returns the SHA-256 of a file from its current position on, in hexadecimal."""
    digest = hashlib.sha256()
    for block in iter(lambda: file.read(_BLOCK_BYTES), b""):
        digest.update(block)
    return digest.hexdigest()


def of_folder(folder: str) -> str:
    """Returns a hash of the contents of all files in a folder and its subfolders."""
    paths = sorted(
        os.path.join(parent, name)
        for parent, _, names in os.walk(folder)
        for name in names
    )
    return of_texts(map(of_file, paths))


def of_bytes(content: bytes) -> str:
    """Returns the SHA-256 of bytes in hexadecimal."""
    return hashlib.sha256(content).hexdigest()


def of_texts(texts: Iterable[str]) -> str:
    """Returns the SHA-256 of lines of text in the given order, in hexadecimal."""
    return of_bytes("\n".join(texts).encode())
