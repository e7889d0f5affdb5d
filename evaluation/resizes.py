"""The ways to decode, crop and resize an image for an evaluation."""

from __future__ import annotations

import functools
import math
from typing import Any, Callable, NamedTuple

import numpy as np

from .. import dependencies, errors
from ..photographs import decoding, resizing
from . import legacy_resizing
from .options import CENTER_CROP, FAST, PUBLISHER, SQUASH

# Of the publisher's program for ImageNet: the border around the crop, in pixels of the
# resized image.
_PUBLISHER_PADDING = 32
# The part of the shorter side that is kept, of timm and torchvision: 224 of 256.
_KEPT = 0.875
# Of the resized image, before it is cropped.
_MOST_PIXELS = 2**27

_DESCRIPTIONS = {
    SQUASH: "the whole image, resized to {height} x {width} with antialiasing "
    "(bicubic), which changes the aspect ratio",
    PUBLISHER: "a square in the center, {height} / {padded} of the shorter side, "
    "resized to {height} x {width} by TensorFlow 1's {interpolation} without "
    "antialiasing",
    CENTER_CROP: "resized with antialiasing (bicubic), so that the shorter side has "
    "{shorter} pixels, and the {height} x {width} pixels in the center of that",
    FAST: "the whole image, resized to {height} x {width} with antialiasing (bicubic), "
    "which changes the aspect ratio; JPEG files of at least twice this size are "
    "decoded with a half, a quarter or an eighth of their height and width",
}

# Takes a PIL image in the mode RGB.
Resize = Callable[[Any], np.ndarray]


class _Box(NamedTuple):
    """A part of an image: its position and its size in pixels."""

    top: int
    left: int
    height: int
    width: int


def make(name: str, height: int, width: int, is_lite: bool = False) -> Resize:
    """Returns a function that crops and resizes an image.

    Args:
      name: one of `options.RESIZES`.
      height: of the result, in pixels.
      width: of the result. The crops are squares: other sizes are for `SQUASH`.
      is_lite: whether the network is a Lite variant. The publisher resizes images for
        these by bilinear interpolation, and for the others by bicubic interpolation.

    Returns:
      A function of a PIL image in the mode RGB to float32 `[height, width, 3]`, RGB in
      [0, 1]; bicubic `PUBLISHER` overshoots this range at edges.

    Raises:
      errors.InputError: if a crop must be a square and is not.
    """
    if name in (SQUASH, FAST):
        return functools.partial(resizing.squash, height=height, width=width)
    if height != width:
        raise errors.InputError(
            f"resize must be {SQUASH} or {FAST} for a module that expects images of "
            f"{height} x {width} pixels, found {name}, which makes squares"
        )
    if name == PUBLISHER:
        return functools.partial(_crop_as_publisher, size=height, is_lite=is_lite)
    return functools.partial(_crop_center, size=height)


def make_reader(
    name: str, height: int, width: int, is_lite: bool = False
) -> Callable[[bytes, str], np.ndarray]:
    """Returns a function that decodes, crops and resizes an image, see `make`.

    Returns:
      A function of the content of an image file, and what to call it in errors. It
      raises an InputError if the file cannot be decoded.
    """
    return functools.partial(
        decoding.decode,
        convert=make(name, height, width, is_lite),
        # The longer side for both: EXIF may exchange the width and the height.
        smallest=max(height, width) if name == FAST else None,
    )


def describe(name: str, height: int, width: int, is_lite: bool = False) -> str:
    """Returns how images are cropped and resized by `make`, for people."""
    return _DESCRIPTIONS[name].format(
        height=height,
        width=width,
        padded=height + _PUBLISHER_PADDING,
        shorter=_shorter_side(height),
        interpolation="bilinear" if is_lite else "bicubic",
    )


def _crop_as_publisher(image: Any, size: int, is_lite: bool) -> np.ndarray:
    pixels = np.asarray(image)
    height, width, _ = pixels.shape
    box = _find_publisher_box(height, width, size)
    cropped = pixels[box.top : box.top + box.height, box.left : box.left + box.width]
    resize = legacy_resizing.resize_bicubic
    if is_lite:
        resize = legacy_resizing.resize_bilinear
    return resize(cropped, size, size) / np.float32(255)


def _find_publisher_box(height: int, width: int, size: int) -> _Box:
    """Returns the crop of `_decode_and_center_crop` in the publisher's program."""
    ratio = np.float32(size / (size + _PUBLISHER_PADDING))
    side = max(1, int(ratio * np.float32(min(height, width))))
    return _Box((height - side + 1) // 2, (width - side + 1) // 2, side, side)


def _crop_center(image: Any, size: int) -> np.ndarray:
    pil_image: Any = dependencies.optional("PIL.Image", "images", "reading images")
    columns, rows = image.size
    height, width = _find_resized_shape(rows, columns, size)
    top, left = round((height - size) / 2), round((width - size) / 2)
    if height * width > _MOST_PIXELS:
        raise errors.InputError(
            f"an image must have at most {_MOST_PIXELS} pixels after it is resized, "
            f"found {height} x {width}: is its shape a narrow strip?"
        )
    resized = image.resize((width, height), pil_image.BICUBIC)
    cropped = resized.crop((left, top, left + size, top + size))
    return np.asarray(cropped, np.float32) / 255.0


def _shorter_side(size: int) -> int:
    return math.floor(size / _KEPT)


def _find_resized_shape(height: int, width: int, size: int) -> tuple[int, int]:
    """Returns the height and width to resize to, as torchvision's Resize has them."""
    shorter = _shorter_side(size)
    longer = int(shorter * max(height, width) / min(height, width))
    return (shorter, longer) if height <= width else (longer, shorter)
