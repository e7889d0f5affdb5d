"""Cases of a test, of which `make test` runs the first ones only."""

from __future__ import annotations

from typing import Any, Iterable

import pytest


def slow_after(count: int, cases: Iterable[Any]) -> list[Any]:
    """Returns the cases for `pytest.mark.parametrize`; `make test-slow` runs the rest.

    Args:
      count: how many of the first cases are fast tests.
      cases: a value each, or a tuple of values.
    """
    cases = list(cases)
    assert 0 < count < len(cases), "some cases must be fast, and some slow"
    assert not any(hasattr(case, "marks") for case in cases), "cases must be values"
    return cases[:count] + [
        pytest.param(
            *(case if isinstance(case, tuple) else (case,)), marks=pytest.mark.slow
        )
        for case in cases[count:]
    ]
