"""What a request makes its answer depend on (RFC 9110, section 13)."""

from __future__ import annotations

import re
from typing import Mapping

_TAG = re.compile(r'"[^"]*"')


def has_it_already(
    headers: Mapping[str, str], entity_tag: str, last_modified: str
) -> bool:
    """Whether the client has what would be sent, so that it needs no copy.

    Args:
      headers: of the request.
      entity_tag: of the file, in quotation marks.
      last_modified: of the file, as in the header of that name.
    """
    known = headers.get("If-None-Match")
    if known is None:
        # By the very date that it was given, as nginx does: files may grow older.
        return headers.get("If-Modified-Since") == last_modified
    return known.strip() == "*" or entity_tag in _TAG.findall(known)


def range_header(headers: Mapping[str, str], entity_tag: str) -> str | None:
    """Returns the header Range, unless it is for another content than there is now.

    A date in If-Range is no proof that the content is the same.
    """
    if headers.get("If-Range", entity_tag) != entity_tag:
        return None
    return headers.get("Range")
