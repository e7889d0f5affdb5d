"""Recognizes the formats of image files."""

from __future__ import annotations

from typing import Sequence

JPEG, PNG, WEBP, BMP, TIFF, GIF = "JPEG", "PNG", "WebP", "BMP", "TIFF", "GIF"
ALL = (JPEG, PNG, WEBP, BMP, TIFF, GIF)
# Those that pages show.
OF_PAGES = (JPEG, PNG)

# The ends of the names of such files, in lower case.
EXTENSIONS = (
    *(".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".webp"),
    *(".bmp", ".dib", ".tif", ".tiff", ".gif"),
)

# The number of bytes that `recognize` needs.
SIGNATURE_BYTES = 12
_SIGNATURES = (
    (b"\xff\xd8\xff", JPEG),
    (b"\x89PNG\r\n\x1a\n", PNG),
    (b"BM", BMP),
    (b"II*\0", TIFF),
    (b"MM\0*", TIFF),
    (b"II+\0", TIFF),  # With offsets of 64 bits.
    (b"MM\0+", TIFF),
    (b"GIF87a", GIF),
    (b"GIF89a", GIF),
)


def describe(names: Sequence[str]) -> str:
    """Returns what a file of one of at least two formats is, for messages."""
    return f"a {', '.join(names[:-1])} or {names[-1]} file"


def recognize(start: bytes) -> str | None:
    """Returns the format of an image, or None if it has another one.

    Args:
      start: the first bytes of a file, at least `SIGNATURE_BYTES` if it has as many.
    """
    if start[:4] == b"RIFF" and start[8:12] == b"WEBP":
        return WEBP
    return next((name for each, name in _SIGNATURES if start.startswith(each)), None)
