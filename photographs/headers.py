"""Reads what image files say of their size, before anything decodes them.

Opening a file with Pillow can already take hours or gigabytes.
"""

from __future__ import annotations

import re
import struct
from typing import NamedTuple

from . import formats, tiff_directories

_PNG_SIGNATURE_BYTES = 8
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
_METADATA = 0xE1
_EXIF = b"Exif\0\0"
# Libraries write a chunk for each 8 KiB of compressed pixels.
_MOST_CHUNKS = 100_000
_END_CHUNK = b"IEND"
# Before the first frame of a GIF file. A comment has one for each 255 characters.
_MOST_BLOCKS = 10_000


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
    scans: int = 1


def read(content: bytes, format: str) -> Header | None:
    """Reads the header of an image.

    Args:
      content: a whole file.
      format: its format, see `formats.recognize`.

    Returns:
      The header, or None if it has none, or so many parts that only reading them takes
      minutes or gigabytes.
    """
    return {
        formats.JPEG: _read_jpeg,
        formats.PNG: _read_png,
        formats.WEBP: _read_webp,
        formats.BMP: _read_bmp,
        formats.TIFF: _read_tiff,
        formats.GIF: _read_gif,
    }[format](content)


def _read_png(content: bytes) -> Header | None:
    start = _PNG_SIGNATURE_BYTES + len(_PNG_HEADER)
    if not content.startswith(_PNG_HEADER, _PNG_SIGNATURE_BYTES):
        return None
    if len(content) < start + 8:
        return None
    position = _PNG_SIGNATURE_BYTES
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
    return Header(width, height)


def _read_jpeg(content: bytes) -> Header | None:
    size, scans, exif = None, 0, b""
    position, skipped = 2, 0
    for _ in range(_MOST_SEGMENTS):
        found = _MARKER.search(content, position)
        if found is None or content[found.end() - 1] == _END:
            is_short = tiff_directories.are_short(exif)
            return Header(*size, scans) if size and is_short else None
        skipped += 0 if scans else found.start() - position
        if skipped > _MOST_SKIPPED:
            return None
        position = found.end()
        marker = content[position - 1]
        if marker in _WITHOUT_LENGTH:
            continue
        segment = content[position : position + 8]
        if len(segment) < 7:
            continue  # The file is cut off.
        length = max(struct.unpack_from(">H", segment)[0], 2)
        if marker in _FRAMES and size is None:  # A second one is an error.
            height, width = struct.unpack_from(">HH", segment, 3)
            size = width, height
        if marker == _METADATA and segment[2:] == _EXIF:
            # Pillow joins the parts of long metadata.
            exif += content[position + 8 : position + length]
        scans += marker == _SCAN
        position += length
    return None


def _read_webp(content: bytes) -> Header | None:
    kind, start = content[12:16], content[20:30]
    if len(start) < 10:
        return None
    if kind == b"VP8X":  # 24 bits each, one less than the size.
        return Header(
            int.from_bytes(start[4:7], "little") + 1,
            int.from_bytes(start[7:10], "little") + 1,
        )
    if kind == b"VP8L":  # 14 bits each, one less than the size.
        bits = int.from_bytes(start[1:5], "little")
        return Header((bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1)
    if kind == b"VP8 ":  # 14 bits each, then two of a scale.
        width, height = struct.unpack_from("<HH", start, 6)
        return Header(width & 0x3FFF, height & 0x3FFF)
    return None


def _read_bmp(content: bytes) -> Header | None:
    if len(content) < 26:
        return None
    if content[14:18] == b"\x0c\0\0\0":  # As OS/2 wrote it.
        return Header(*struct.unpack_from("<HH", content, 18))
    width, height = struct.unpack_from("<ii", content, 18)
    return Header(abs(width), abs(height))  # A negative height means upside down.


def _read_tiff(content: bytes) -> Header | None:
    size = tiff_directories.read_size(content)
    return Header(*size) if size and tiff_directories.are_short(content) else None


def _read_gif(content: bytes) -> Header | None:
    """Looks at all that is before the first frame, and at the size of that frame."""
    if len(content) < 13:
        return None
    width, height, flags = struct.unpack_from("<HHB", content, 6)
    position = 13 + (3 << (flags & 7) + 1 if flags & 0x80 else 0)
    in_extension = False
    for _ in range(_MOST_BLOCKS):
        if position + 9 > len(content):
            return None
        if in_extension:
            in_extension = content[position] != 0
            position += content[position] + 1
        elif content[position] == 0x21:
            in_extension = True
            position += 2
        elif content[position] == 0x2C:
            left, top, *frame = struct.unpack_from("<HHHH", content, position + 1)
            return Header(max(width, left + frame[0]), max(height, top + frame[1]))
        else:
            position += 1
    return None
