"""Finds which variable of a module is which of another."""

from __future__ import annotations

import dataclasses
import os
from typing import Collection, Sequence


@dataclasses.dataclass(frozen=True)
class Pairs:
    """The variables of two modules.

    Attributes:
      pairs: the names in A and in B of each variable that both have.
      only_a: the names of others of A.
      only_b: the names of others of B.
      scopes: how the names of A and those of B start, if only that differs; else None.
    """

    pairs: Sequence[tuple[str, str]]
    only_a: Sequence[str]
    only_b: Sequence[str]
    scopes: tuple[str, str] | None = None


def match(a: Collection[str], b: Collection[str]) -> Pairs:
    """Matches variables by name, or by name without the scope that all have.

    Args:
      a: the names in A.
      b: the names in B.
    """
    scopes = _find_scope(a), _find_scope(b)
    if a and not set(a) & set(b):
        first = {name[len(scopes[0]) :]: name for name in a}
        other = {name[len(scopes[1]) :]: name for name in b}
        if set(first) == set(other):
            pairs = [(first[name], other[name]) for name in sorted(first)]
            return Pairs(pairs, [], [], scopes)
    common = sorted(set(a) & set(b))
    return Pairs(
        [(name, name) for name in common],
        sorted(set(a) - set(b)),
        sorted(set(b) - set(a)),
    )


def _find_scope(names: Collection[str]) -> str:
    """Returns the scope of all names with its slash, empty if they share none."""
    shared = os.path.commonprefix(list(names))
    return shared[: shared.rfind("/") + 1]
