"""Reads images in threads, while the caller works on those before."""

from __future__ import annotations

import collections
import concurrent.futures
import itertools
import os
from typing import Any, Callable, Generator, Iterable, TypeVar

_ItemT = TypeVar("_ItemT")

# In pixels: 16 images of 256 x 256. Two such batches at a time are faster than one that
# is twice as large, see docs/scale.md.
_PIXELS_OF_A_BATCH = 2**20
_LARGEST_BATCH = 16
# The batches that are read while the caller works on one.
_BATCHES_AHEAD = 2
_FEWEST_THREADS = 2


def choose_batch(height: int, width: int) -> int:
    """Returns a number of images that is fast and needs little memory, at most 16."""
    return max(1, min(_LARGEST_BATCH, _PIXELS_OF_A_BATCH // (height * width)))


def read_batches(
    items: Iterable[_ItemT],
    read: Callable[[_ItemT], Any],
    batch: int,
    refused: type[Exception] | None = None,
) -> Generator[list[tuple[_ItemT, Any]], None, None]:
    """Yields what a function reads, in the order of the items.

    Pillow and numpy release Python's lock while they compute, so that threads read in
    parallel. At most three batches are in memory.

    Args:
      items: what to read, such as paths.
      read: reads an item.
      batch: number of items in a batch. The last one can be smaller.
      refused: an exception to yield in the place of its image. Others are raised.

    Yields:
      For each item of a batch the item, and what `read` returned or the exception.
    """
    threads = max(_FEWEST_THREADS, os.cpu_count() or 1)
    ahead: collections.deque[tuple[_ItemT, Any]] = collections.deque()
    pool = concurrent.futures.ThreadPoolExecutor(threads)
    remaining = iter(items)
    try:
        while True:
            missing = (_BATCHES_AHEAD + 1) * batch - len(ahead)
            for item in itertools.islice(remaining, missing):
                ahead.append((item, pool.submit(read, item)))
            if not ahead:
                return
            count = min(batch, len(ahead))
            taken = [ahead.popleft() for _ in range(count)]
            yield [(item, _result(future, refused)) for item, future in taken]
    finally:
        for _, future in ahead:
            future.cancel()
        pool.shutdown()


def _result(future: Any, refused: type[Exception] | None) -> Any:
    try:
        return future.result()
    except Exception as error:
        if refused is not None and isinstance(error, refused):
            return error
        raise
