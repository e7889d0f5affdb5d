"""Measures the images per second of a network alone, and of readers of images."""

from __future__ import annotations

import functools
import itertools
import time
from typing import Any, Callable, Iterable, Sequence

import numpy as np
import paired

_BATCHES_A_TURN = 12
_LARGE_BATCH = 32

# Starts to compute the outputs of files.
Start = Callable[[Sequence[str]], Iterable[Any]]


def compare(
    run: Callable[[np.ndarray], Any],
    images: Sequence[np.ndarray],
    batch: int,
    readers: dict[str, tuple[Start, Sequence[str]]],
    rounds: int,
) -> dict[str, list[float]]:
    """Measures a network alone and readers alternately.

    The network alone computes one batch after the other, of `batch` images or of 32,
    whichever is faster in a round.

    Args:
      run: computes a batch, float32 `[images, height, width, 3]`.
      images: for the network alone; they are repeated.
      batch: number of images in a batch of the readers.
      readers: by name, what reads files, and the files, which are repeated.
      rounds: how often each is measured.

    Returns:
      The images per second in each round, by the reader's name or 'network'.
    """
    in_memory = np.stack(repeat(images, _LARGE_BATCH))
    count = batch * _BATCHES_A_TURN
    turns = {
        "network": lambda: _measure_network(run, in_memory[:batch], count),
        "large": lambda: _measure_network(run, in_memory, count),
    }
    for name, (start, files) in readers.items():
        turns[name] = functools.partial(measure, start, repeat(files, count))
    rates = paired.in_turns(turns, rounds)
    rates["network"] = list(map(max, rates["network"], rates.pop("large")))
    return rates


def measure(start: Start, files: Sequence[str]) -> float:
    """Returns the images per second of one run over all files."""
    begin = time.perf_counter()
    for _ in start(files):
        pass
    return len(files) / (time.perf_counter() - begin)


def repeat(items: Sequence[Any], count: int) -> list[Any]:
    """Returns a number of items, from the first one again after the last."""
    return list(itertools.islice(itertools.cycle(items), count))


def _measure_network(run, images, count):
    runs = max(1, count // len(images))
    return len(images) / paired.timed(lambda: run(images), runs)()
