"""Checks whether files are JPEG or PNG files, their size, and how to turn them."""

from __future__ import annotations

import contextlib
import warnings
from typing import IO, Any, Iterator

from . import dependencies, digests, errors, paths

# The first bytes of a file.
_JPEG = b"\xff\xd8\xff"
_PNG = b"\x89PNG\r\n\x1a\n"

# A photograph of 61 megapixels, as full-frame cameras take, takes 180 MB as RGB.
MAX_PIXELS = 2**26

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
        start = file.read(len(_PNG))
    if not start.startswith((_JPEG, _PNG)):
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

    Reads the header only.

    Args:
      path: a file that `check_format` accepts.

    Returns:
      A value in [1, 8]: 1 if the file has no valid tag, or if it is damaged.

    Raises:
      errors.InputError: if it has more than `MAX_PIXELS` pixels.
      errors.DependencyError: if Pillow is missing.
    """
    dependencies.optional("PIL.Image", "images", "reading images")
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


def _open_header(file: IO[bytes]) -> Any:
    """Returns a PIL image. `PIL.Image.open` does not open images of any size."""
    from PIL import JpegImagePlugin, PngImagePlugin

    is_png = file.read(len(_PNG)) == _PNG
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


@contextlib.contextmanager
def _report_unreadable(path: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise errors.InputError(f"'{path}' cannot be read: {error.strerror}") from error
