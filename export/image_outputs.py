"""Computes an output for many images: one engine for every command.

Threads read the images ahead, see `photographs.read_ahead`, while the network computes.
"""

from __future__ import annotations

import contextlib
from typing import Callable, Generator, Iterable, List, Tuple, TypeVar, Union

import numpy as np

from .. import errors
from ..photographs import read_ahead

# As float32, these take 1.6 GB. Two more batches are read ahead.
_MOST_PIXELS_OF_A_BATCH = 2**27
_ItemT = TypeVar("_ItemT")
# A row of the output, or why the image cannot be read.
Output = Union[np.ndarray, errors.InputError]
Batch = List[Tuple[_ItemT, Output]]


def check_batch(batch: int, height: int, width: int) -> None:
    """Checks that a batch fits into memory.

    Raises:
      errors.InputError: if it has more than 2**27 pixels.
    """
    if batch * height * width > _MOST_PIXELS_OF_A_BATCH:
        raise errors.InputError(
            f"batch must have at most {_MOST_PIXELS_OF_A_BATCH} pixels, found {batch} "
            f"images of {height} x {width}: use smaller batches"
        )


def compute_batches(
    items: Iterable[_ItemT],
    read: Callable[[_ItemT], np.ndarray],
    run: Callable[[np.ndarray], np.ndarray],
    batch: int,
) -> Generator[Batch[_ItemT], None, None]:
    """Yields the outputs of images in their order.

    At most three batches of images are in memory.

    Args:
      items: what the images are made from, such as their paths.
      read: returns an image, float32 `[height, width, 3]`. Threads call it.
      run: takes float32 `[images, height, width, 3]`, and returns a row for each image.
      batch: number of items in a batch. The last one can be smaller, and the network
        does not see those that cannot be read.

    Yields:
      For each item of a batch the item, and its row of the output or the InputError of
      `read`. Other errors are raised.
    """
    batches = read_ahead.read_batches(items, read, batch, errors.InputError)
    with contextlib.closing(batches):
        for images in batches:
            good = [image for _, image in images if _is_image(image)]
            rows = iter(run(np.stack(good)) if good else ())
            yield [
                (item, next(rows) if _is_image(image) else image)
                for item, image in images
            ]


def _is_image(image: object) -> bool:
    return not isinstance(image, errors.InputError)
