"""Turns images as viewers show them.

A phone stores a portrait sideways, with a tag that says how viewers must turn it.
"""

from __future__ import annotations

from typing import Any

from .. import dependencies
from . import tiff_directories

# The tag and the values of EXIF 2.32.
_TAG = 0x0112
UPRIGHT = 1
_ORIENTATIONS = range(1, 9)
_EXIF_SIGNATURE = b"Exif\0\0"


def read(image: Any) -> int:
    """Returns the EXIF orientation of a PIL image.

    Returns:
      A value in [1, 8]: 1 if the image has no valid tag, or its metadata are damaged.
    """
    metadata = image.info.get("exif") or b""
    if metadata.startswith(_EXIF_SIGNATURE):
        metadata = metadata[len(_EXIF_SIGNATURE) :]
    if not tiff_directories.are_short(metadata):
        return UPRIGHT
    try:
        orientation = image.getexif().get(_TAG, UPRIGHT)
    except Exception:  # Damaged metadata raise many types, of Pillow and of Python.
        return UPRIGHT
    return orientation if orientation in _ORIENTATIONS else UPRIGHT


def turn(image: Any, orientation: int) -> Any:
    """Returns a PIL image as viewers show it.

    Args:
      image: the image as it is stored.
      orientation: see `read`.
    """
    pil_image = dependencies.optional("PIL.Image", "images", "reading images")
    transposition = {
        2: pil_image.FLIP_LEFT_RIGHT,
        3: pil_image.ROTATE_180,
        4: pil_image.FLIP_TOP_BOTTOM,
        5: pil_image.TRANSPOSE,
        6: pil_image.ROTATE_270,
        7: pil_image.TRANSVERSE,
        8: pil_image.ROTATE_90,
    }.get(orientation)
    return image if transposition is None else image.transpose(transposition)
