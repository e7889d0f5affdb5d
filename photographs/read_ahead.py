"""Reads images in threads, while the caller works on those before."""

from __future__ import annotations

import collections
import concurrent.futures
import os
from typing import Any, Callable, Generator, Sequence

# For a batch and those that are read ahead, in pixels: 32 images of 256 x 256.
_PIXELS_OF_A_BATCH = 2**21
_LARGEST_BATCH = 32
# The batches that are read while the network computes one.
_BATCHES_AHEAD = 2
_FEWEST_THREADS = 2


def choose_batch(height: int, width: int) -> int:
    """Returns a number of images that is fast and needs little memory, at most 32."""
    return max(1, min(_LARGEST_BATCH, _PIXELS_OF_A_BATCH // (height * width)))


def read_batches(
    paths: Sequence[str],
    read: Callable[[str], Any],
    batch: int,
    refused: type[Exception] | None = None,
) -> Generator[list[Any], None, None]:
    """Yields what a function reads, in the order of the paths.

    Pillow and numpy release Python's lock while they compute, so that threads read in
    parallel. At most three batches are in memory.

    Args:
      paths: the files.
      read: reads a file.
      batch: number of files in a batch. The last one can be smaller.
      refused: an exception to yield in the place of its file. Others are raised.

    Yields:
      For each file of a batch what `read` returned, or the exception.
    """
    threads = max(_FEWEST_THREADS, os.cpu_count() or 1)
    ahead: collections.deque[Any] = collections.deque()
    pool = concurrent.futures.ThreadPoolExecutor(threads)
    try:
        remaining = iter(paths)
        done = 0
        while done < len(paths):
            while len(ahead) < (_BATCHES_AHEAD + 1) * batch:
                path = next(remaining, None)
                if path is None:
                    break
                ahead.append(pool.submit(read, path))
            count = min(batch, len(paths) - done)
            yield [_result(ahead.popleft(), refused) for _ in range(count)]
            done += count
    finally:
        for future in ahead:
            future.cancel()
        pool.shutdown()


def _result(future: Any, refused: type[Exception] | None) -> Any:
    try:
        return future.result()
    except Exception as error:
        if refused is not None and isinstance(error, refused):
            return error
        raise
