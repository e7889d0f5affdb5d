"""Reads the pixels of image files, the same for every command.

Alpha is dropped, not blended with a background, as TensorFlow's decoders and Pillow's
`convert("RGB")` do. Of 16 bits, the highest 8 are kept, as they do for colours. Only
the first frame or page is read.
"""

from __future__ import annotations

import contextlib
import importlib
import io
import re
import struct
import threading
from typing import Any, Callable, Sequence, TypeVar

import numpy as np

from .. import dependencies, errors
from . import depths, formats, image_files, orientation, quiet_warnings

_ResultT = TypeVar("_ResultT")

# `Image.open` of Pillow tries all formats that it knows.
_READERS = {
    formats.JPEG: ("JpegImagePlugin", "JpegImageFile"),
    formats.PNG: ("PngImagePlugin", "PngImageFile"),
    formats.WEBP: ("WebPImagePlugin", "WebPImageFile"),
    formats.BMP: ("BmpImagePlugin", "BmpImageFile"),
    formats.TIFF: ("TiffImagePlugin", "TiffImageFile"),
    formats.GIF: ("GifImagePlugin", "GifImageFile"),
}
# What Pillow raises for damaged files. It lets errors of its parsers through.
_DAMAGES = (
    *(ArithmeticError, AttributeError, EOFError, LookupError, OSError),
    *(NotImplementedError, SyntaxError, TypeError, ValueError, struct.error),
)
# What their messages say about a file that may be whole.
_UNSUPPORTED = re.compile("unknown pixel mode|unsupported|cannot handle", re.I)
_RUN_LENGTH = "bmp_rle"
# Pillow decodes them in Python, a few bytes at a time.
_MOST_RUN_LENGTH_BYTES = 2**23

# An image takes about 12 bytes per pixel while it is read. Large ones wait for each
# other, so that many threads do not need gigabytes.
_LARGE_PIXELS = 2**24
_LARGE_AT_A_TIME = threading.BoundedSemaphore(2)


def check_dependencies() -> None:
    """Checks that images can be read.

    Raises:
      errors.DependencyError: if Pillow is missing.
    """
    dependencies.optional("PIL.Image", "images", "reading images")


def read_pixels(path: str) -> np.ndarray:
    """Reads an image file.

    Args:
      path: see `read`.

    Returns:
      uint8 `[height, width, 3]`, RGB, turned as its EXIF orientation says.

    Raises:
      errors.InputError: see `read`.
      errors.DependencyError: if Pillow is missing.
    """
    return read(path, np.array)


def read(path: str, convert: Callable[[Any], _ResultT]) -> _ResultT:
    """Reads an image file, and converts the image.

    Args:
      path: a JPEG, PNG, WebP, BMP, TIFF or GIF file. Its content decides, not its name.
      convert: takes the PIL image in the mode RGB, turned as its EXIF orientation says.

    Returns:
      What `convert` returns.

    Raises:
      errors.InputError: if it is no such file, or is damaged or too large, see
        `image_files.check_header`.
      errors.DependencyError: if Pillow is missing.
    """
    return decode(image_files.read(path), path, convert)


def find_unreadable(paths: Sequence[str]) -> errors.InputError | None:
    """Returns what is wrong with the first file that cannot be read, or None."""
    for path in paths:
        try:
            check(image_files.read(path), path)
        except errors.InputError as error:
            return error
    return None


def check(content: bytes, path: str) -> None:
    """Checks that the content of an image file can be decoded.

    Raises:
      errors.InputError: if it cannot, see `decode`.
    """
    decode(content, path, lambda image: None)


def decode(
    content: bytes,
    path: str,
    convert: Callable[[Any], _ResultT],
    smallest: int | None = None,
) -> _ResultT:
    """Decodes the content of an image file, and converts the image, see `read`.

    Args:
      content: the whole file.
      path: what to call it in errors.
      convert: see `read`.
      smallest: a number of pixels, or None. If the width and the height of a JPEG file
        are at least twice as large, it is decoded with a half, a quarter or an eighth
        of both, which is faster. Neither becomes smaller than this.

    Returns:
      What `convert` returns.

    Raises:
      errors.InputError: if the content is damaged, too large, or of a kind that is not
        read.
      errors.DependencyError: if Pillow is missing.
    """
    check_dependencies()
    format = image_files.check_header(content, path)
    with quiet_warnings.hide():
        image = _open(content, format, path)
        width, height = image.size
        is_large = width * height > _LARGE_PIXELS
        if smallest is not None and format == formats.JPEG:
            image.draft(None, (smallest, smallest))
        try:
            with _LARGE_AT_A_TIME if is_large else contextlib.nullcontext():
                return convert(_load(image, content, format, path))
        except MemoryError as error:
            raise errors.InputError(
                f"'{path}' must fit into memory, found an image of {width} x {height} "
                "pixels: make the image smaller"
            ) from error


def _open(content: bytes, format: str, path: str) -> Any:
    """Returns a PIL image whose pixels are not decoded yet."""
    plugin, reader = _READERS[format]
    module = importlib.import_module(f"PIL.{plugin}")
    try:
        image = getattr(module, reader)(io.BytesIO(content))
    except _DAMAGES as error:
        raise _describe_error(path, error) from error
    # The header that Pillow reads is what it decodes.
    image_files.check_size(path, *image.size)
    is_run_length = any(tile[0] == _RUN_LENGTH for tile in image.tile)
    if is_run_length and len(content) > _MOST_RUN_LENGTH_BYTES:
        raise errors.InputError(
            f"'{path}' must have at most {_MOST_RUN_LENGTH_BYTES} bytes as a "
            f"compressed BMP file, found {len(content)}: save it as PNG"
        )
    return image


def _load(image: Any, content: bytes, format: str, path: str) -> Any:
    """Returns the PIL image in the mode RGB, turned."""
    try:
        image.load()
        rgb = depths.convert(image, content, format)
        if format != formats.TIFF:  # Which Pillow turns when it loads them.
            rgb = orientation.turn(rgb, orientation.read(image))
        return rgb
    except errors.InputError:
        raise
    except _DAMAGES as error:
        raise _describe_error(path, error) from error


def _describe_error(path: str, error: BaseException) -> errors.InputError:
    reason = getattr(error, "strerror", None) or errors.first_line(error)
    is_unsupported = isinstance(error, depths.UnsupportedValuesError)
    if is_unsupported or _UNSUPPORTED.search(reason):
        return errors.InputError(
            f"'{path}' must have pixels of a kind that is read, found another kind "
            f"({reason}): save it as a PNG or JPEG file with 8 bits per value"
        )
    return errors.InputError(
        f"'{path}' must be an image file, but cannot be read ({reason}): is the file "
        "damaged?"
    )
