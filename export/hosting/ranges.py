"""Ranges of bytes, by which a broken download goes on (RFC 9110, section 14)."""

from __future__ import annotations

import re

# No file has as many bytes as more digits tell of.
_RANGE = re.compile(r"\s*bytes\s*=\s*([0-9]{0,18})\s*-\s*([0-9]{0,18})\s*", re.I)


def requested(header: str | None, size: int) -> range | None:
    """Returns the positions of the bytes that are asked for.

    Args:
      header: Range, of the request, or None.
      size: of the file.

    Returns:
      The range, an empty one if the file has none of its bytes, or None if the whole
      file is to be sent: without a header, or with one that is not of a single range,
      as which a server may treat several.
    """
    match = _RANGE.fullmatch(header or "")
    if match is None or match.groups() == ("", ""):
        return None
    first, last = match.groups()
    if not first:
        return range(max(size - int(last), 0), size)
    if not last:
        return range(int(first), size)
    if int(last) < int(first):
        return None
    return range(int(first), min(int(last) + 1, size))
