"""Computes an output for many images: one engine for every command.

Threads read the images ahead, see `photographs.read_ahead`, while the network computes
two batches at a time.
"""

from __future__ import annotations

import collections
import concurrent.futures
import contextlib
from typing import (
    Any,
    Callable,
    Generator,
    Iterable,
    List,
    Sequence,
    Tuple,
    TypeVar,
    Union,
)

import numpy as np

from ... import errors
from ...photographs import read_ahead

# As float32, these take 1.6 GB. Up to four batches and two copies are in memory.
_MOST_PIXELS_OF_A_BATCH = 2**27
# At the end of an op, all processors wait for the slowest. Meanwhile, the ops of the
# other batch use them. See docs/scale.md for what it saves.
_BATCHES_AT_A_TIME = 2
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

    At most four batches of images are in memory, and a copy of each of the two that the
    network computes.

    Args:
      items: what the images are made from, such as their paths.
      read: returns an image, float32 `[height, width, 3]`. Threads call it.
      run: takes float32 `[images, height, width, 3]`, and returns a row for each image.
        Two threads call it.
      batch: number of items in a batch. The last one can be smaller, and the network
        does not see those that cannot be read.

    Yields:
      For each item of a batch the item, and its row of the output or the InputError of
      `read`. Other errors are raised.
    """
    computing: collections.deque[concurrent.futures.Future[Batch[_ItemT]]]
    computing = collections.deque()
    batches = read_ahead.read_batches(items, read, batch, errors.InputError)
    pool = concurrent.futures.ThreadPoolExecutor(_BATCHES_AT_A_TIME)
    with contextlib.closing(batches), pool:
        try:
            for images in batches:
                computing.append(pool.submit(_compute, images, run))
                if len(computing) == _BATCHES_AT_A_TIME:
                    yield computing.popleft().result()
            while computing:
                yield computing.popleft().result()
        finally:
            for future in computing:
                future.cancel()


def check_finite(outputs: np.ndarray, names: Sequence[str], module: str) -> None:
    """Checks that the outputs of a module are numbers.

    Args:
      outputs: float `[images, ...]`.
      names: the name of each image.
      module: the path of the module.

    Raises:
      errors.InputError: if one is NaN or infinity.
    """
    is_finite = np.isfinite(outputs.reshape([len(outputs), -1])).all(1)
    wrong = np.flatnonzero(~is_finite)
    if len(wrong):
        raise errors.InputError(
            f"module '{module}' must return finite numbers, found NaN or infinity for "
            f"'{names[wrong[0]]}': did its training diverge?"
        )


def _compute(
    images: list[tuple[_ItemT, Any]], run: Callable[[np.ndarray], np.ndarray]
) -> Batch[_ItemT]:
    """Returns the rows of a batch that is read."""
    good = [image for _, image in images if _is_image(image)]
    rows = iter(run(np.stack(good)) if good else ())
    return [(item, next(rows) if _is_image(image) else image) for item, image in images]


def _is_image(image: object) -> bool:
    return not isinstance(image, errors.InputError)
