"""Strong entity tags: the SHA-256 of a file's bytes."""

from __future__ import annotations

import os
from typing import BinaryIO

from ... import digests


class EntityTags:
    """The tags of files, of which each is read once, as long as it stays what it is.

    Of the very bytes that are sent, not of those that a manifest tells of: a tag is
    true of a file that was replaced as well, and for a whole collection it is what its
    manifests say. The same on each server that has the same files.
    """

    def __init__(self) -> None:
        self._digests = {}

    def of(self, file: BinaryIO) -> str:
        """Returns the tag of an open file, as in a header ETag, in quotation marks."""
        status = os.fstat(file.fileno())
        identity = (
            status.st_dev,
            status.st_ino,
            status.st_size,
            status.st_mtime_ns,
            status.st_ctime_ns,
        )
        if identity not in self._digests:
            self._digests[identity] = digests.of_stream(file)
        return f'"{self._digests[identity]}"'
