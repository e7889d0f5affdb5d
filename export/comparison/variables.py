"""Compares the variables of two modules, one tensor at a time."""

from __future__ import annotations

import heapq
from typing import Iterator, Sequence

from ... import escaping
from . import differences, stored_variables, variable_names
from .findings import Finding, Outcome

_TOPIC = "variables"
# The variables that differ most are listed.
_MOST = 10
_MOST_NAMES = 3
# Values that are stored are not computed: only the format of a file rounds them.
_STORED = 0.01


def compare(
    a: stored_variables.Stored,
    b: stored_variables.Stored,
    tolerance: float,
) -> Iterator[Finding]:
    """Compares the names, types, shapes and values of variables.

    Args:
      a: the variables of A.
      b: those of B.
      tolerance: see `options.Options`.

    Yields:
      What was found. Other names are notes: the outputs show whether they matter.
    """
    shapes = {} if a is None else a.shapes
    others = {} if b is None else b.shapes
    matched = variable_names.match(shapes, others)
    yield from compare_names(matched)
    if a is None or b is None:
        return
    same_shape, changed = [], []
    for pair in matched.pairs:
        first, other = _describe(a, pair[0]), _describe(b, pair[1])
        if first == other:
            same_shape.append(pair)
        else:
            changed.append((pair[0], f"{first} in A, {other} in B"))
    for name, detail in changed[:_MOST]:
        yield Finding(_TOPIC, Outcome.DIFFERS, detail, escaping.cut(name))
    if changed[_MOST:]:
        detail = f"{len(changed) - _MOST} more of other types or shapes"
        yield Finding(_TOPIC, Outcome.DIFFERS, detail)
    yield from _compare_values(a, b, same_shape, tolerance)


def compare_names(matched: variable_names.Pairs) -> Iterator[Finding]:
    """Yields what differs in the names of variables."""
    if matched.scopes is not None:
        first, other = (repr(escaping.cut(scope)) for scope in matched.scopes)
        detail = f"all names start with {first} in A, with {other} in B"
        yield Finding(_TOPIC, Outcome.NOTE, detail, "names")
    for names, holder in ((matched.only_a, "A"), (matched.only_b, "B")):
        if names:
            shown = escaping.list_names(list(map(escaping.cut, names[:4])), _MOST_NAMES)
            detail = f"only {holder} has {len(names)}: {shown}"
            yield Finding(_TOPIC, Outcome.NOTE, detail, "names")


def _describe(opened: stored_variables.Stored, name: str) -> str:
    assert opened is not None
    return f"{opened.dtypes[name]} {list(opened.shapes[name])}"


def _compare_values(
    a: stored_variables.Stored,
    b: stored_variables.Stored,
    pairs: Sequence[tuple[str, str]],
    tolerance: float,
) -> Iterator[Finding]:
    assert a is not None and b is not None
    equal = close = 0
    changed = []
    for name, other in pairs:
        found = differences.Differences()
        found.add(a.read(name), b.read(other))
        if not found.greatest:
            equal += 1
        elif found.are_within(_STORED * tolerance):
            close += 1
        else:
            changed.append((found.relative, name, found))
    if not pairs:
        detail = "no name with the same type and shape is in both"
        yield Finding(_TOPIC, Outcome.NOT_COMPARED, detail, "values")
        return
    if not changed:
        within = f", {close} within {_STORED * tolerance:g}" if close else ""
        detail = f"{equal} of {len(pairs)} have equal values{within}"
        yield Finding(_TOPIC, Outcome.SAME, detail)
        return
    detail = f"{len(changed)} of {len(pairs)} have other values"
    yield Finding(_TOPIC, Outcome.DIFFERS, detail)
    for _, name, found in heapq.nlargest(_MOST, changed, key=lambda each: each[0]):
        yield Finding(
            _TOPIC,
            Outcome.DIFFERS,
            found.describe(),
            escaping.cut(name),
            found.measures(),
        )
