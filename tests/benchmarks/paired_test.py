"""Samples of one round are compared, and nothing else."""

from __future__ import annotations

import paired
import pytest


def test_peers_take_turns_forth_and_back():
    turns = []
    peers = {name: lambda name=name: turns.append(name) for name in "abc"}

    paired.in_turns(peers, rounds=3, warm_up=0)

    assert "".join(turns) == "abccbaabc"


def test_the_warm_up_is_forgotten():
    numbers = iter(range(100))

    samples = paired.in_turns({"only": lambda: next(numbers)}, rounds=3, warm_up=2)

    assert samples == {"only": [2, 3, 4]}


def test_samples_are_in_the_order_of_the_rounds():
    # Backwards rounds included: sample i of each peer is of round i.
    rounds = {"a": iter(range(4)), "b": iter(range(4))}
    peers = {name: numbers.__next__ for name, numbers in rounds.items()}

    samples = paired.in_turns(peers, rounds=4, warm_up=0)

    assert samples["a"] == samples["b"] == [0, 1, 2, 3]


def test_a_machine_that_slows_down_does_not_change_a_ratio():
    ours = [1.0, 2.0, 30.0, 4.0]
    theirs = [2 * seconds for seconds in ours]

    assert paired.ratio(theirs, ours) == (2.0, 2.0, 2.0)


def test_a_ratio_is_the_median_of_the_rounds_ratios():
    # Not the ratio of the medians, which is 1.
    ratio = paired.ratio([1.0, 2.0, 9.0], [2.0, 9.0, 1.0])

    assert ratio.median == 0.5
    assert ratio.low < ratio.median < ratio.high


def test_a_difference_is_the_median_of_the_rounds_differences():
    assert paired.difference([10.0, 5.0, 3.0], [1.0, 4.0, 2.0]).median == 1.0


@pytest.mark.parametrize("second", [[1.0], []], ids=["fewer", "none"])
def test_samples_of_other_rounds_are_refused(second):
    with pytest.raises(ValueError, match="same rounds, found 2 and"):
        paired.ratio([1.0, 2.0], second)


def test_nothing_is_refused():
    with pytest.raises(ValueError, match="found 0 and 0"):
        paired.ratio([], [])


def test_seconds_are_those_of_the_mean_run(monkeypatch):
    clock = [0.0]
    monkeypatch.setattr(paired.time, "perf_counter", lambda: clock[0])
    # The first run of a turn is slow, and is not counted.
    durations = iter([100.0, 1.0, 2.0, 3.0])

    def run():
        clock[0] += next(durations)

    assert paired.timed(run, runs=3, untimed=1)() == 2.0
