"""Reads image files within bounds, whatever they contain."""

from __future__ import annotations

import contextlib
import os
from typing import Iterator, Sequence

from .. import errors, paths
from . import formats, headers

# A photograph of 61 megapixels, as full-frame cameras take, takes 180 MB as RGB.
MAX_PIXELS = 2**26
# As in a JPEG file. Resizing takes memory for each row and column.
MAX_SIDE = 2**16 - 1
# As many pixels with four values of 16 bits.
_MAX_BYTES = 8 * MAX_PIXELS
# Programs write about ten. With 100 scans, the largest image is decoded in seconds.
_MOST_SCANS = 100


def check_format(path: str, accepted: Sequence[str] = formats.ALL) -> None:
    """Checks that a file starts with the signature of a format that is read.

    The name of the file does not matter. Without this check, Pillow would read many
    other formats.

    Args:
      path: the file.
      accepted: the formats.

    Raises:
      errors.InputError: if the file has another format or cannot be read.
    """
    paths.check("image", path)
    paths.check_is_file(f"'{path}'", path)
    with _report_unreadable(path), open(path, "rb") as file:
        start = file.read(formats.SIGNATURE_BYTES)
    _recognize(path, start, accepted)


def read(path: str, name: str | None = None) -> bytes:
    """Returns the content of an image file, or its start if it is too large.

    Args:
      path: the file.
      name: what to call it in errors, by default its path.

    Raises:
      errors.InputError: if the file has a format that is not read, or cannot be read.
    """
    name = path if name is None else name
    paths.check("image", name)
    paths.check("image", path)
    if os.path.isdir(path):
        with _report_unreadable(name):
            os.scandir(path).close()
        raise errors.InputError(
            f"'{name}' must have images ({', '.join(formats.EXTENSIONS)}), found none: "
            "do the files have another extension?"
        )
    paths.check_is_file(f"'{name}'", path)
    with _report_unreadable(name), open(path, "rb") as file:
        start = file.read(formats.SIGNATURE_BYTES)
        _recognize(name, start)
        return start + file.read(_MAX_BYTES + 1 - len(start))


def check_header(content: bytes, path: str) -> str:
    """Checks how much time and memory decoding can take, and decodes nothing.

    Args:
      content: a whole file.
      path: what to call it in errors.

    Returns:
      Its format.

    Raises:
      errors.InputError: if it has a format that is not read, more than `MAX_PIXELS`
        pixels, a side of more than `MAX_SIDE`, no header that says how many, more than
        100 scans, or more than 512 MiB.
    """
    format = _recognize(path, content[: formats.SIGNATURE_BYTES])
    if len(content) > _MAX_BYTES:
        raise errors.InputError(
            f"'{path}' must have at most {_MAX_BYTES} bytes, found more: is it an "
            "image with another file after it?"
        )
    header = headers.read(content, format)
    if header is None:
        raise errors.InputError(
            f"'{path}' must be an image whose header has its width and height, found "
            "another header: is the file damaged?"
        )
    check_size(path, header.width, header.height)
    if header.scans > _MOST_SCANS:
        raise errors.InputError(
            f"'{path}' must have at most {_MOST_SCANS} scans, found {header.scans}: "
            "is it made to take hours?"
        )
    return format


def check_size(path: str, width: int, height: int) -> None:
    """Checks the size of an image.

    Args:
      path: what to call it in errors.
      width: in pixels.
      height: in pixels.

    Raises:
      errors.InputError: if it has no pixels, more than `MAX_PIXELS`, or a side of more
        than `MAX_SIDE`.
    """
    if width < 1 or height < 1:
        raise errors.InputError(
            f"'{path}' must have at least one pixel, found {width} x {height}: is the "
            "file damaged?"
        )
    if width * height > MAX_PIXELS:
        raise errors.InputError(
            f"'{path}' must have at most {MAX_PIXELS} pixels, found {width} x {height}"
            ": make the image smaller"
        )
    if max(width, height) > MAX_SIDE:
        raise errors.InputError(
            f"'{path}' must be at most {MAX_SIDE} pixels wide and high, found {width} "
            f"x {height}: make the image smaller"
        )


def _recognize(path: str, start: bytes, accepted: Sequence[str] = formats.ALL) -> str:
    format = formats.recognize(start) or ""
    if format in accepted:
        return format
    expected = formats.describe(accepted)
    if not start:
        raise errors.InputError(
            f"'{path}' must be {expected}, found an empty file: was it "
            "copied or downloaded incompletely?"
        )
    raise errors.InputError(
        f"'{path}' must be {expected}, found a file that starts with "
        f"{start!r}: does it have another format?"
    )


@contextlib.contextmanager
def _report_unreadable(path: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise errors.InputError(f"'{path}' cannot be read: {error.strerror}") from error
