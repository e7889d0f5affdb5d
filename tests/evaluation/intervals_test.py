"""Tests Wilson's intervals with published values, and with SciPy's."""

from __future__ import annotations

import pytest

from efficientnet_hub.evaluation import intervals


# Newcombe, Two-sided confidence intervals for the single proportion, Statistics in
# Medicine 17 (1998), table I, method 3.
@pytest.mark.parametrize(
    ("count", "total", "low", "high"),
    [
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0000, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_the_interval_is_that_of_newcombes_table(count, total, low, high):
    found = intervals.estimate(count, total)

    assert found.value == count / total
    assert found.low == pytest.approx(low, abs=5e-5)
    assert found.high == pytest.approx(high, abs=5e-5)


def test_the_interval_is_that_of_scipy():
    stats = pytest.importorskip("scipy.stats")

    for count, total in [(0, 1), (1, 1), (7, 9), (39_550, 50_000)]:
        expected = stats.binomtest(count, total).proportion_ci(0.95, method="wilson")
        found = intervals.estimate(count, total)
        assert found[1:] == pytest.approx(tuple(expected), abs=1e-12)


@pytest.mark.parametrize(("count", "total"), [(0, 3), (3, 3), (0, 50_000)])
def test_the_interval_contains_the_fraction_and_stays_in_0_to_1(count, total):
    found = intervals.estimate(count, total)

    assert 0 <= found.low <= found.value <= found.high <= 1
    assert found.low < found.high


def test_a_fraction_of_nothing_is_none():
    assert intervals.estimate(0, 0) is None
