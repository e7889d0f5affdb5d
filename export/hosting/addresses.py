"""What an address stands for: a file, or the address of the newest version.

As tfhub.dev had it, `/<handle>/<version>?tf-hub-format=compressed` is the archive, and
without that query the page to read. So an address has one answer, whatever the headers
of a request.
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
    """An address that has the answer now, and may not have it tomorrow."""

    location: str


class AddressError(ValueError):
    """Why an address has no answer, in one sentence.

    Attributes:
      status: of the response.
    """

    def __init__(self, status: http.HTTPStatus, sentence: str) -> None:
        super().__init__(sentence)
        self.status = status


def resolve(folder: str, address: str) -> served_files.PublishedFile | Redirect:
    """Returns what an address stands for.

    Args:
      folder: of the collection.
      address: what a client asked for: a path and perhaps a query, percent-encoded.

    Raises:
      AddressError: if nothing is published there, or not in the format asked for.
      OSError: if the folder cannot be read.
    """
    path, _, query = address.partition("?")
    name = urllib.parse.unquote(path)[1:]
    if name in ("", layout.INDEX):
        file = served_files.index(folder)
    else:
        file = served_files.of_version(folder, name) or served_files.of_version(
            folder, name + _ending(query)
        )
    if file is not None:
        return file
    newest = served_files.newest_version(folder, name)
    if newest is not None:
        return Redirect("/%s/%d%s" % (name, newest, query and "?" + query))
    raise AddressError(
        http.HTTPStatus.NOT_FOUND,
        f"'{path}' must be '/<handle>', '/<handle>/<version>' or a file such as "
        "'/<handle>/<version>.md', but nothing of that name is published here",
    )


def _ending(query: str) -> str:
    """Returns how the name of the file ends that a query asks for."""
    values = urllib.parse.parse_qs(query, keep_blank_values=True)
    if _FORMAT not in values:
        return layout.BROWSER_PAGE
    wanted = values[_FORMAT][-1]
    if wanted == _COMPRESSED:
        return layout.ARCHIVE
    raise AddressError(
        http.HTTPStatus.BAD_REQUEST,
        f"{_FORMAT} must be '{_COMPRESSED}', found '{wanted}': modules are "
        "published here as archives only, and lie in no bucket (gs://) to be "
        "read from unpacked",
    )
