"""What of a collection's folder is seen from outside, and as what."""

from __future__ import annotations

import dataclasses
import os
import re

from ..collection import layout
from ..storage import publication

_HTML = "text/html; charset=utf-8"
_MEDIA_TYPES = {
    layout.ARCHIVE: "application/gzip",
    layout.PAGE: "text/markdown; charset=utf-8",
    layout.MANIFEST: "application/json",
    layout.PROVENANCE: "application/json",
    layout.BROWSER_PAGE: _HTML,
}
_NAME = re.compile(
    r"(?P<handle>.+)/(?P<version>[1-9][0-9]*)(?P<ending>{})".format(
        "|".join(map(re.escape, _MEDIA_TYPES))
    )
)


@dataclasses.dataclass(frozen=True)
class PublishedFile:
    """A file that may be given to anybody.

    Attributes:
      path: where it is.
      media_type: what it is, as in a header Content-Type.
      immutable: whether it stays what it is, as all files of a version do.
    """

    path: str
    media_type: str
    immutable: bool


def index(folder: str) -> PublishedFile | None:
    """Returns the list of modules in HTML, or None where there is none."""
    path = os.path.join(folder, layout.INDEX)
    if not _is_file_within(path, folder):
        return None
    return PublishedFile(path, _HTML, immutable=False)


def of_version(folder: str, name: str) -> PublishedFile | None:
    """Returns a file of a version, or None where none of that name is published.

    Args:
      folder: of the collection.
      name: any text; that of a file is '<handle>/<version>' and an ending, such as
        'me/lite0/classification/1.tar.gz'.
    """
    match = _NAME.fullmatch(name)
    if match is None or not layout.is_handle(match.group("handle")):
        return None
    stem = os.path.join(folder, match.group("handle"), match.group("version"))
    archive, path = stem + layout.ARCHIVE, stem + match.group("ending")
    # Without its archive a version is not published, whatever a killed build left.
    if not all(_is_file_within(each, folder) for each in (archive, path)):
        return None
    return PublishedFile(path, _MEDIA_TYPES[match.group("ending")], immutable=True)


def newest_version(folder: str, handle: str) -> int | None:
    """Returns the highest version of a module, or None where none is published.

    Args:
      folder: of the collection.
      handle: any text; that of a module is such as 'me/lite0/classification'.

    Raises:
      OSError: if its folder cannot be read.
    """
    parent = os.path.join(folder, handle)
    if not layout.is_handle(handle) or not os.path.isdir(parent):
        return None
    names = (f"{handle}/{name}" for name in os.listdir(parent))
    versions = (
        int(_NAME.fullmatch(name).group("version"))
        for name in names
        if name.endswith(layout.ARCHIVE) and of_version(folder, name) is not None
    )
    return max(versions, default=None)


def _is_file_within(path: str, folder: str) -> bool:
    # A symbolic link may lead out of the folder.
    return os.path.isfile(path) and publication.is_within(path, folder)
