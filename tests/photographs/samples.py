"""Writes the same image in many formats and modes."""

from __future__ import annotations

import pathlib
from typing import Callable

import numpy as np
from PIL import Image

# Red rises from left to right, green from top to bottom. The colours are few enough
# for a palette, and lie in blocks, which JPEG keeps.
_BLOCK = 8
_STEPS = (0, 64, 128, 191, 255)


def make_pixels() -> np.ndarray:
    """Returns uint8 `[32, 40, 3]`."""
    red, green = np.meshgrid(_STEPS, _STEPS[:4])
    blocks = np.stack([red, green, np.full_like(red, 100)], axis=-1)
    return blocks.repeat(_BLOCK, 0).repeat(_BLOCK, 1).astype(np.uint8)


def _convert(mode: str) -> Image.Image:
    image = Image.fromarray(make_pixels())
    if mode == "P":
        return image.quantize(64, dither=Image.NONE)
    if mode == "PA":
        return image.quantize(64, dither=Image.NONE).convert("PA")
    return image.convert(mode)


def _save(mode: str, format: str, **options: object) -> Callable[[str], None]:
    return lambda path: _convert(mode).save(path, format, **options)


def _save_16_bits(format: str) -> Callable[[str], None]:
    def save(path: str) -> None:
        gray = np.asarray(_convert("L")).astype(np.uint16) * 257
        Image.fromarray(gray).save(path, format)

    return save


def _save_floats(path: str) -> None:
    gray = np.asarray(_convert("L")).astype(np.float32) / 255
    Image.fromarray(gray).save(path, "TIFF")


def _save_frames(format: str, **options: object) -> Callable[[str], None]:
    def save(path: str) -> None:
        black = Image.new("RGB", (40, 32)).quantize(2)
        _convert("P").save(
            path, format, save_all=True, append_images=[black], **options
        )

    return save


# How to write each kind, and whether it is gray.
KINDS: dict[str, tuple[Callable[[str], None], bool]] = {
    "jpeg": (_save("RGB", "JPEG", quality=100, subsampling=0), False),
    "progressive.jpeg": (
        _save("RGB", "JPEG", quality=100, subsampling=0, progressive=True),
        False,
    ),
    "gray.jpeg": (_save("L", "JPEG", quality=100), True),
    "cmyk.jpeg": (_save("CMYK", "JPEG", quality=100, subsampling=0), False),
    "png": (_save("RGB", "PNG"), False),
    "gray.png": (_save("L", "PNG"), True),
    "alpha.png": (_save("RGBA", "PNG"), False),
    "gray-alpha.png": (_save("LA", "PNG"), True),
    "palette.png": (_save("P", "PNG"), False),
    "16bit.png": (_save_16_bits("PNG"), True),
    "webp": (_save("RGB", "WEBP", lossless=True), False),
    "alpha.webp": (_save("RGBA", "WEBP", lossless=True), False),
    "lossy.webp": (_save("RGB", "WEBP", quality=100), False),
    "animated.webp": (_save_frames("WEBP", lossless=True), False),
    "bmp": (_save("RGB", "BMP"), False),
    "gray.bmp": (_save("L", "BMP"), True),
    "palette.bmp": (_save("P", "BMP"), False),
    "tiff": (_save("RGB", "TIFF"), False),
    "lzw.tiff": (_save("RGB", "TIFF", compression="tiff_lzw"), False),
    "deflate.tiff": (_save("RGBA", "TIFF", compression="tiff_deflate"), False),
    "cmyk.tiff": (_save("CMYK", "TIFF"), False),
    "palette.tiff": (_save("P", "TIFF"), False),
    "pages.tiff": (_save_frames("TIFF"), False),
    "16bit.tiff": (_save_16_bits("TIFF"), True),
    "float.tiff": (_save_floats, True),
    "gif": (_save("P", "GIF"), False),
    "animated.gif": (_save_frames("GIF"), False),
}
# What decoders may differ by: lossy formats round, and blur the edges of colours.
LARGEST_DIFFERENCE = 25
LARGEST_MEAN_DIFFERENCE = 3


def write(kind: str, folder: pathlib.Path) -> str:
    """Writes an image of a kind, and returns its path."""
    path = str(folder / f"image.{kind}")
    KINDS[kind][0](path)
    return path


def expected(kind: str) -> np.ndarray:
    """Returns the pixels of an image of a kind, uint8 `[32, 40, 3]`."""
    if not KINDS[kind][1]:
        return make_pixels()
    return np.asarray(_convert("L").convert("RGB"))
