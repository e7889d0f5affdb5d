"""Checks whether files are JPEG or PNG files, their size, and how to turn them."""

from __future__ import annotations

import contextlib
import warnings
from typing import IO, Any, Iterator

from . import bounded_files, dependencies, digests, errors, image_headers, paths

# A photograph of 61 megapixels, as full-frame cameras take, takes 180 MB as RGB.
MAX_PIXELS = 2**26
# As in a JPEG file. Resizing takes memory for each row and column.
MAX_SIDE = 2**16 - 1
# As many pixels with four values of 16 bits.
_MAX_BYTES = 8 * MAX_PIXELS
# Programs write about ten. With 100 scans, the largest image is decoded in seconds.
_MOST_SCANS = 100

# The tag and the values of EXIF 2.32. A phone stores a portrait sideways, with a tag
# that says how viewers must turn it.
_ORIENTATION_TAG = 0x0112
UPRIGHT = 1
_ORIENTATIONS = range(1, 9)


def check_format(path: str) -> None:
    """Checks that a file starts with the signature of a JPEG or PNG file.

    The name of the file does not matter. Without this check, TensorFlow would also
    decode a GIF of one frame, and PIL many other formats.

    Args:
      path: the file.

    Raises:
      errors.InputError: if the file has another format or cannot be read.
    """
    paths.check("image", path)
    paths.check_is_file(f"'{path}'", path)
    with _report_unreadable(path), open(path, "rb") as file:
        start = file.read(len(image_headers.PNG))
    if not start.startswith((image_headers.JPEG, image_headers.PNG)):
        raise errors.InputError(
            f"'{path}' must be a JPEG or PNG file, found a file that starts with "
            f"{start!r}: does it have another format?"
        )


def sha256(path: str) -> str:
    """Returns the SHA-256 of a JPEG or PNG file in hexadecimal.

    Args:
      path: the file.

    Raises:
      errors.InputError: if the file has another format or cannot be read.
    """
    check_format(path)
    with _report_unreadable(path):
        return digests.of_file(path)


def read_orientation(path: str) -> int:
    """Returns the EXIF orientation of an image file, and checks its size.

    Decodes nothing.

    Args:
      path: a file that `check_format` accepts.

    Returns:
      A value in [1, 8]: 1 if the file has no valid tag, or if it is damaged.

    Raises:
      errors.InputError: if it has more than `MAX_PIXELS` pixels, a side of more than
        `MAX_SIDE`, no header that says how many, more than 100 scans, or more than
        512 MiB.
      errors.DependencyError: if Pillow is missing.
    """
    dependencies.optional("PIL.Image", "images", "reading images")
    _check_header(path)
    try:
        with warnings.catch_warnings(), open(path, "rb") as file:
            warnings.simplefilter("ignore")  # Pillow warns of damaged metadata.
            image = _open_header(file)
            _check_size(path, *image.size)
            orientation = image.getexif().get(_ORIENTATION_TAG, UPRIGHT)
    except errors.InputError:
        raise
    except Exception:  # Damaged metadata raise many types, of Pillow and of Python.
        return UPRIGHT
    return orientation if orientation in _ORIENTATIONS else UPRIGHT


def _check_header(path: str) -> None:
    """Checks how long decoding can take, also of an image that Pillow cannot open."""
    content = bounded_files.read(path, "an image", _MAX_BYTES)
    if len(content) > _MAX_BYTES:
        raise errors.InputError(
            f"'{path}' must have at most {_MAX_BYTES} bytes, found more: is it an "
            "image with another file after it?"
        )
    header = image_headers.read(content)
    if header is None:
        raise errors.InputError(
            f"'{path}' must be an image whose header has its width and height, found "
            "another header: is the file damaged?"
        )
    _check_size(path, header.width, header.height)
    if header.scans > _MOST_SCANS:
        raise errors.InputError(
            f"'{path}' must have at most {_MOST_SCANS} scans, found {header.scans}: "
            "is it made to take hours?"
        )


def _open_header(file: IO[bytes]) -> Any:
    """Returns a PIL image. `PIL.Image.open` does not open images of any size."""
    from PIL import JpegImagePlugin, PngImagePlugin

    is_png = file.read(len(image_headers.PNG)) == image_headers.PNG
    file.seek(0)
    if is_png:
        return PngImagePlugin.PngImageFile(file)
    return JpegImagePlugin.JpegImageFile(file)


def _check_size(path: str, width: int, height: int) -> None:
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


@contextlib.contextmanager
def _report_unreadable(path: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise errors.InputError(f"'{path}' cannot be read: {error.strerror}") from error
