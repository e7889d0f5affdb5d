"""Which files of a collection's folder are served, and their media types."""

from __future__ import annotations

import dataclasses
import os
import re

from ..collection import layout
from ..storage import publication

_HTML = "text/html"
_MEDIA_TYPES = {
    layout.ARCHIVE: "application/gzip",
    layout.PAGE: "text/markdown",
    layout.MANIFEST: "application/json",
    layout.PROVENANCE: "application/json",
    layout.BROWSER_PAGE: _HTML,
}
_ENDINGS = "|".join(map(re.escape, _MEDIA_TYPES))
_NAME = re.compile(rf"(?P<handle>.+)/(?P<version>[1-9][0-9]*)(?P<ending>{_ENDINGS})")


@dataclasses.dataclass(frozen=True)
class PublishedFile:
    """A file that anybody may get.

    Attributes:
      path: the path of the file.
      media_type: the media type of the file, without a charset.
      immutable: whether the content never changes, as that of a version's files.
    """

    path: str
    media_type: str
    immutable: bool


def find_index(folder: str) -> PublishedFile | None:
    """Returns the HTML list of the modules of a collection, or None without one."""
    path = os.path.join(folder, layout.INDEX)
    if not _is_file_within(path, folder):
        return None
    return PublishedFile(path, _HTML, immutable=False)


def find_file(folder: str, name: str) -> PublishedFile | None:
    """Returns a file of a version, or None if no published file has that name.

    Args:
      folder: the folder of the collection.
      name: any text; the name of a file is '<handle>/<version>' and an ending, such as
        'me/lite0/classification/1.tar.gz'.
    """
    match = _NAME.fullmatch(name)
    if match is None or not layout.is_handle(match.group("handle")):
        return None
    stem = os.path.join(folder, match.group("handle"), match.group("version"))
    archive, path = stem + layout.ARCHIVE, stem + match.group("ending")
    # A version without an archive is not published: a killed build left its files.
    if not all(_is_file_within(each, folder) for each in (archive, path)):
        return None
    return PublishedFile(path, _MEDIA_TYPES[match.group("ending")], immutable=True)


def find_newest_version(folder: str, handle: str) -> int | None:
    """Returns the highest published version of a module, or None if there is none.

    Args:
      folder: the folder of the collection.
      handle: any text; the handle of a module is such as 'me/lite0/classification'.

    Raises:
      OSError: if the folder of the module cannot be read.
    """
    parent = os.path.join(folder, handle)
    if not layout.is_handle(handle) or not os.path.isdir(parent):
        return None
    versions = []
    for name in os.listdir(parent):
        match = _NAME.fullmatch(f"{handle}/{name}")
        if match is None or match.group("ending") != layout.ARCHIVE:
            continue
        if find_file(folder, match.group()) is not None:
            versions.append(int(match.group("version")))
    return max(versions, default=None)


def _is_file_within(path: str, folder: str) -> bool:
    # A symbolic link may lead out of the folder.
    return os.path.isfile(path) and publication.is_within(path, folder)
