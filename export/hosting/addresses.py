"""Resolves an address to a published file, or to the address of the newest version.

As on tfhub.dev, `/<handle>/<version>?tf-hub-format=compressed` is the archive, and the
same address without that query is the page to read. The response therefore depends on
the address only, not on the headers of a request.
"""

from __future__ import annotations

import dataclasses
import http
import urllib.parse

from ..collection import layout
from . import served_files

_FORMAT = "tf-hub-format"
_COMPRESSED = "compressed"


@dataclasses.dataclass(frozen=True)
class Redirect:
    """A redirect to the newest version, which changes when a version is published.

    Attributes:
      location: the address to ask for instead: a path and perhaps a query.
    """

    location: str


class AddressError(ValueError):
    """Why nothing is served at an address, in one sentence.

    Attributes:
      status: the status of the response.
    """

    def __init__(self, status: http.HTTPStatus, sentence: str) -> None:
        super().__init__(sentence)
        self.status = status


def resolve(folder: str, address: str) -> served_files.PublishedFile | Redirect:
    """Returns what to respond with at an address.

    Args:
      folder: the folder of the collection.
      address: what a client asks for: a path and perhaps a query, percent-encoded.

    Raises:
      AddressError: if nothing is published there, or not in the format asked for.
      OSError: if the folder cannot be read.
    """
    path, _, query = address.partition("?")
    name = urllib.parse.unquote(path)[1:]
    if name in ("", layout.INDEX):
        file = served_files.find_index(folder)
    else:
        file = served_files.find_file(folder, name) or served_files.find_file(
            folder, name + _find_ending(query)
        )
    if file is not None:
        return file
    newest = served_files.find_newest_version(folder, name)
    if newest is not None:
        return Redirect(f"/{name}/{newest}" + (query and f"?{query}"))
    raise AddressError(
        http.HTTPStatus.NOT_FOUND,
        f"'{path}' must be '/<handle>', '/<handle>/<version>' or a file such as "
        "'/<handle>/<version>.md', found nothing of that name published here",
    )


def _find_ending(query: str) -> str:
    """Returns the ending of the name of the file that a query asks for."""
    values = urllib.parse.parse_qs(query, keep_blank_values=True)
    if _FORMAT not in values:
        return layout.BROWSER_PAGE
    wanted = values[_FORMAT][-1]
    if wanted == _COMPRESSED:
        return layout.ARCHIVE
    raise AddressError(
        http.HTTPStatus.BAD_REQUEST,
        f"{_FORMAT} must be '{_COMPRESSED}', found '{wanted}': modules are published "
        "here as archives only, not unpacked in a bucket (gs://)",
    )
