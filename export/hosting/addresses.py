"""Resolves an address to a published file, or to another address.

As on tfhub.dev, `/<handle>/<version>?tf-hub-format=compressed` is the archive, and the
same address without that query is the page to read. The response therefore depends on
the address only, not on the headers of a request.
"""

from __future__ import annotations

import dataclasses
import http
import re
import urllib.parse

from ..collection import layout
from . import served_files

_FORMAT = "tf-hub-format"
_COMPRESSED = "compressed"
# How an address starts that a client sends as to a proxy (RFC 9112, 3.2.2).
_ORIGIN = re.compile("https?://[^/?]*", re.IGNORECASE)


@dataclasses.dataclass(frozen=True)
class Redirect:
    """A redirect to the newest version, or to the same address without a final slash.

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
      address: what a client asks for: a path and perhaps a query, percent-encoded; or
        a URL, of which the host does not matter.

    Raises:
      AddressError: if nothing is published there, or not in the format asked for.
      OSError: if the folder cannot be read.
    """
    path, query = _split(address)
    name = urllib.parse.unquote(path)[1:]
    if name in ("", layout.INDEX):
        file = served_files.find_index(folder)
    else:
        file = _find_file(folder, name, query)
    if file is not None:
        return file
    target = _find_target(folder, name, query)
    if target is not None:
        return Redirect(f"/{target}" + (query and f"?{query}"))
    raise AddressError(
        http.HTTPStatus.NOT_FOUND,
        f"'{path}' must be '/<handle>', '/<handle>/<version>' or a file such as "
        "'/<handle>/<version>.md', found nothing of that name published here",
    )


def _split(address: str) -> tuple[str, str]:
    """Returns the path and the query of an address."""
    origin = _ORIGIN.match(address)
    path, _, query = address[origin.end() if origin else 0 :].partition("?")
    if origin and not path:
        path = "/"
    if not path.startswith("/"):
        raise AddressError(
            http.HTTPStatus.BAD_REQUEST,
            f"the address must start with '/', found '{path}'",
        )
    return path, query


def _find_target(folder: str, name: str, query: str) -> str | None:
    """Returns the name to redirect to, or None if there is none."""
    without_slash = name[:-1] if name.endswith("/") else name
    newest = served_files.find_newest_version(folder, without_slash)
    if newest is not None:
        return f"{without_slash}/{newest}"
    # Not the file itself: the links of a page are relative to its address.
    if name.endswith("/") and _find_file(folder, without_slash, query) is not None:
        return without_slash
    return None


def _find_file(folder: str, name: str, query: str) -> served_files.PublishedFile | None:
    """Returns the file of that name, or that of a version in a query's format."""
    return served_files.find_file(folder, name) or served_files.find_file(
        folder, name + _find_ending(query)
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
