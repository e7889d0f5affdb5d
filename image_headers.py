"""Reads what JPEG and PNG files say of their size, as the decoders read it.

Decoders accept headers that Pillow refuses. What they would decode must have a bound
before they start.
"""

from __future__ import annotations

import re
import struct
from typing import NamedTuple

JPEG = b"\xff\xd8\xff"  # The first bytes of a file.
PNG = b"\x89PNG\r\n\x1a\n"

# The start of a PNG file after its signature: the length and the kind of a chunk.
_PNG_HEADER = struct.pack(">I4s", 13, b"IHDR")
# libjpeg skips what is between segments, and restart markers, which have no segment.
_MARKER = re.compile(rb"\xff[^\x00\xff\xd0-\xd7]", re.DOTALL)
_END = 0xD9
_SCAN = 0xDA
# Frames: 0xC4, 0xC8 and 0xCC are of other kinds.
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_WITHOUT_LENGTH = (0x01, 0xD8)
# The file of a phone or camera has about twenty. Pillow takes a second for 10,000.
_MOST_SEGMENTS = 10_000
# Before the first scan, and outside of segments. Pillow takes seconds for a megabyte.
_MOST_SKIPPED = 2**16
# Libraries write a chunk for each 8 KiB of compressed pixels.
_MOST_CHUNKS = 100_000
_END_CHUNK = b"IEND"


class Header(NamedTuple):
    """What a decoder reads first.

    Attributes:
      width: in pixels.
      height: in pixels.
      scans: how often a decoder goes over all pixels. A progressive JPEG file of 1 MB
        can have 100,000.
    """

    width: int
    height: int
    scans: int


def read(content: bytes) -> Header | None:
    """Reads the header of an image.

    Args:
      content: a whole JPEG or PNG file.

    Returns:
      The header, or None if it has none, or so many parts that only reading them takes
      minutes.
    """
    if content.startswith(PNG):
        return _read_png(content)
    return _read_jpeg(content)


def _read_png(content: bytes) -> Header | None:
    start = len(PNG) + len(_PNG_HEADER)
    if not content.startswith(_PNG_HEADER, len(PNG)) or len(content) < start + 8:
        return None
    position = len(PNG)
    for _ in range(_MOST_CHUNKS):
        if position + 8 > len(content):
            break
        length, kind = struct.unpack_from(">I4s", content, position)
        position += length + 12
        if kind == _END_CHUNK:
            break
    else:
        return None
    width, height = struct.unpack_from(">II", content, start)
    return Header(width, height, 1)


def _read_jpeg(content: bytes) -> Header | None:
    size, scans = None, 0
    position, skipped = 2, 0
    for _ in range(_MOST_SEGMENTS):
        found = _MARKER.search(content, position)
        if found is None or content[found.end() - 1] == _END:
            return None if size is None else Header(*size, scans)
        skipped += 0 if scans else found.start() - position
        if skipped > _MOST_SKIPPED:
            return None
        position = found.end()
        marker = content[position - 1]
        if marker in _WITHOUT_LENGTH:
            continue
        segment = content[position : position + 7]
        if len(segment) < 7:
            continue  # The file is cut off.
        if marker in _FRAMES and size is None:  # A second one is an error.
            height, width = struct.unpack_from(">HH", segment, 3)
            size = width, height
        scans += marker == _SCAN
        position += max(struct.unpack_from(">H", segment)[0], 2)
    return None
