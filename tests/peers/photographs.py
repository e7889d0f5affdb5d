"""Writes the photographs that all libraries and modules see, in each size.

Needs matplotlib, scikit-image and Pillow.
"""

from __future__ import annotations

import argparse
import os

import cases
import matplotlib
import numpy as np
import skimage
from PIL import Image


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--work", required=True, help="the folder to write to")
    work = parser.parse_args().work
    squares = {(size, size) for size in cases.SIZES.values()}
    for size in squares | {cases.ODD_SIZE}:
        pixels = np.stack([_read(path, *size) for path in _paths()])
        path = cases.pixels_path(work, size)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        np.save(path, pixels)


def _paths() -> list[str]:
    samples = os.path.join(matplotlib.get_data_path(), "sample_data")
    data = os.path.join(os.path.dirname(skimage.__file__), "data")
    return [
        os.path.join(samples, "grace_hopper.jpg"),
        os.path.join(data, "chelsea.png"),
    ]


def _read(path: str, height: int, width: int) -> np.ndarray:
    """Reads an image: float32 `[height, width, 3]` in [0, 1]."""
    with Image.open(path) as image:
        resized = image.convert("RGB").resize((width, height), Image.BICUBIC)
    return np.asarray(resized, np.float32) / 255


if __name__ == "__main__":
    main()
