"""Writes images of smooth noise, which differ from each other."""

from __future__ import annotations

import pathlib
from typing import Iterable

import numpy as np
from PIL import Image


def write(folder: pathlib.Path, names: Iterable[str]) -> None:
    """Writes a PNG file of 50 x 40 pixels for each name, also in folders."""
    generator = np.random.RandomState(0)
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        pixels = generator.randint(0, 256, [3, 4, 3]).astype(np.uint8)
        Image.fromarray(pixels).resize((50, 40)).save(str(path))
