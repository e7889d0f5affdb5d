"""Measures peers alternately, and compares them round by round.

The speed of a shared machine changes from minute to minute. The ratio of two
measurements of the same round is meaningful even if the measurements are not.
"""

from __future__ import annotations

import collections
import time
from typing import Callable, Sequence

import numpy as np

# The median and the quartiles.
Summary = collections.namedtuple("Summary", ["median", "low", "high"])


def in_turns(
    peers: dict[str, Callable[[], object]], rounds: int, warm_up: int = 1
) -> dict[str, list]:
    """Measures every peer once a round.

    Every other round runs backwards, so that no peer always comes after the same one.

    Args:
      peers: by name, a function that measures once and returns what it measured.
      rounds: how often each is measured.
      warm_up: rounds before that, which are forgotten.

    Returns:
      What each peer returned, by name, a list in the order of the rounds.
    """
    samples = {name: [] for name in peers}
    for number in range(-warm_up, rounds):
        names = list(peers)
        for name in names if number % 2 == 0 else reversed(names):
            sample = peers[name]()
            if number >= 0:
                samples[name].append(sample)
    return samples


def timed(
    function: Callable[[], object], runs: int = 1, untimed: int = 0
) -> Callable[[], float]:
    """Returns a function that takes one turn and returns the seconds of a run.

    Args:
      function: what is run.
      runs: how often, in a turn; the seconds are those of the mean run.
      untimed: further runs at the turn's start, after which the caches and what was
        read ahead are the peer's own.
    """

    def take_turn():
        for _ in range(untimed):
            function()
        start = time.perf_counter()
        for _ in range(runs):
            function()
        return (time.perf_counter() - start) / runs

    return take_turn


def column(samples: Sequence[dict[str, float]], key: str) -> list[float]:
    """Returns one field of all samples."""
    return [sample[key] for sample in samples]


def summary(samples: Sequence[float]) -> Summary:
    """Returns the median and the quartiles of samples."""
    low, median, high = np.percentile(samples, [25, 50, 75])
    return Summary(float(median), float(low), float(high))


def ratio(numerators: Sequence[float], denominators: Sequence[float]) -> Summary:
    """Returns the summary of the ratios of two peers' samples, round by round.

    Raises:
      ValueError: if the two were not measured in the same rounds.
    """
    _check_paired(numerators, denominators)
    return summary([a / b for a, b in zip(numerators, denominators)])


def difference(minuends: Sequence[float], subtrahends: Sequence[float]) -> Summary:
    """Returns the summary of two peers' differences, round by round.

    Raises:
      ValueError: if the two were not measured in the same rounds.
    """
    _check_paired(minuends, subtrahends)
    return summary([a - b for a, b in zip(minuends, subtrahends)])


def _check_paired(first, second):
    if len(first) != len(second) or not len(first):
        raise ValueError(
            "the samples must be of the same rounds, found "
            f"{len(first)} and {len(second)}"
        )
