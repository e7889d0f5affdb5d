"""Converts images of any mode of Pillow to RGB with 8 bits a value.

Pillow itself clips values of more than 8 bits to 255.
"""

from __future__ import annotations

import importlib
from typing import Any

import numpy as np

from . import formats, tiff_directories

_BITS, _COMPRESSION, _INTERPRETATION = 258, 259, 262
_PLANAR_CONFIGURATION, _SAMPLE_FORMAT = 284, 339
_WHITE_IS_ZERO = 0
_UNSIGNED, _SIGNED = 1, 2
_UNCOMPRESSED = 1
_PLANES = 2
_BEFORE_RGB = {"RGBa": "RGBA", "La": "LA"}  # Values that are multiplied by alpha.


class UnsupportedValuesError(ValueError):
    """An image has values that cannot be converted without a guess."""


def convert(image: Any, content: bytes, format: str) -> Any:
    """Returns a PIL image in the mode RGB.

    Args:
      image: a PIL image that is loaded.
      content: the file.
      format: its format.

    Raises:
      UnsupportedValuesError: if it has values that cannot be converted without a
        guess.
    """
    if format == formats.TIFF:
        _check_tiff(content)
    if image.mode[0] in "IF":
        pil_image = importlib.import_module("PIL.Image")
        values = np.asarray(image)
        as_bytes = _scale_tiff if format == formats.TIFF else _scale_png
        return pil_image.fromarray(as_bytes(values, content)).convert("RGB")
    if image.mode in _BEFORE_RGB:
        image = image.convert(_BEFORE_RGB[image.mode])
    return image.convert("RGB")


def _check_tiff(content: bytes) -> None:
    """Refuses what Pillow decodes to other values than those of the file."""

    def read(tag: int) -> tuple[int, ...]:
        return tiff_directories.list_integers(content, tag)

    if _SIGNED in read(_SAMPLE_FORMAT):
        raise UnsupportedValuesError("signed integers are not read")
    is_stored = read(_COMPRESSION)[:1] in ((), (_UNCOMPRESSED,))
    are_planes = read(_PLANAR_CONFIGURATION)[:1] == (_PLANES,)
    bits = read(_BITS)
    if is_stored and are_planes and len(bits) > 1 and max(bits) > 8:
        raise UnsupportedValuesError(
            "planes of 16 bits are read from compressed files only"
        )


def _scale_png(values: np.ndarray, content: bytes) -> np.ndarray:
    """Keeps the highest 8 of 16 bits."""
    del content
    return (values >> 8).astype(np.uint8)


def _scale_tiff(values: np.ndarray, content: bytes) -> np.ndarray:
    interpretation = tiff_directories.list_integers(content, _INTERPRETATION)[:1]
    is_inverted = interpretation == (_WHITE_IS_ZERO,)
    if values.dtype.kind == "f":
        low, high = values.min(), values.max()
        if not (low >= 0 and high <= 1):  # Comparisons with NaN are false.
            raise UnsupportedValuesError(
                f"numbers in [0, 1] are read, found {low} to {high}"
            )
        values = np.round((1 - values if is_inverted else values) * 255)
        return values.astype(np.uint8)
    bits = (tiff_directories.list_integers(content, _BITS) or (0,))[0]
    sample_format = tiff_directories.list_integers(content, _SAMPLE_FORMAT)[:1]
    if bits not in (12, 16) or sample_format not in ((), (_UNSIGNED,)):
        raise UnsupportedValuesError(
            "its values are neither integers of up to 16 bits nor floats"
        )
    scaled = (values.astype(np.int32) >> (bits - 8)).astype(np.uint8)
    return 255 - scaled if is_inverted else scaled
