"""Writes folders of small images."""

from __future__ import annotations

import contextlib
import pathlib
from typing import Iterator

import numpy as np
from PIL import Image


def write(folder: pathlib.Path, *names: str) -> str:
    """Writes images with different pixels, and returns the folder as text."""
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        seed = sum(map(ord, name)) * 1009 + len(name)
        pixels = np.random.RandomState(seed).randint(0, 256, [4, 4, 3], np.uint8)
        Image.fromarray(pixels).save(str(path), "PNG")
    return str(folder)


class Bar:
    """A progress bar that counts."""

    n = 0

    def update(self, count: int) -> None:
        self.n += count


@contextlib.contextmanager
def start_bar(total: int, unit: str) -> Iterator[Bar]:
    """Returns a bar that must be full in the end."""
    assert unit == "photograph"
    bar = Bar()
    yield bar
    assert bar.n == total
