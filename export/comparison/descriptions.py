"""Compares what two modules say of themselves."""

from __future__ import annotations

from typing import Iterator, Mapping, Sequence

from ... import escaping
from . import opened_module
from .findings import Finding, Outcome


def compare(
    a: opened_module.OpenedModule, b: opened_module.OpenedModule
) -> Iterator[Finding]:
    """Compares the formats, image sizes, class names and facts of two modules."""
    yield _compare_formats(a, b)
    yield _compare_sizes(a.image_size, b.image_size)
    yield _compare_class_names(a.claims.class_names, b.claims.class_names)
    yield from _compare_facts(a.claims.facts or {}, b.claims.facts or {})


def _compare_formats(
    a: opened_module.OpenedModule, b: opened_module.OpenedModule
) -> Finding:
    first, other = (
        "SavedModel of TensorFlow 2" if each.is_saved_model else "TF1 Hub"
        for each in (a, b)
    )
    if first == other:
        return Finding("format", Outcome.SAME, first)
    detail = f"{first} in A, {other} in B: programs load them in other ways"
    return Finding("format", Outcome.NOTE, detail)


def _compare_sizes(a: tuple[int, int] | None, b: tuple[int, int] | None) -> Finding:
    first, other = (_show_size(each) for each in (a, b))
    if a == b:
        return Finding("image size", Outcome.SAME, first)
    outcome = Outcome.NOTE if a is None else Outcome.DIFFERS
    return Finding("image size", outcome, f"{first} in A, {other} in B")


def _show_size(size: tuple[int, int] | None) -> str:
    return "none" if size is None else f"{size[0]} x {size[1]}"


def _compare_class_names(a: Sequence[str] | None, b: Sequence[str] | None) -> Finding:
    topic = "class names"
    if a is None:
        if b is None:
            return Finding(topic, Outcome.SAME, "none")
        return Finding(topic, Outcome.NOTE, f"none in A, {len(b)} in B")
    if b is None:
        return Finding(topic, Outcome.DIFFERS, f"{len(a)} in A, none in B")
    if list(a) == list(b):
        return Finding(topic, Outcome.SAME, f"{len(a)}")
    if len(a) != len(b):
        return Finding(topic, Outcome.DIFFERS, f"{len(a)} in A, {len(b)} in B")
    changed = [index for index, (one, other) in enumerate(zip(a, b)) if one != other]
    order = ", the same in another order" if sorted(a) == sorted(b) else ""
    first = changed[0]
    return Finding(
        topic,
        Outcome.DIFFERS,
        f"{len(changed)} of {len(a)}{order}, such as class {first}: "
        f"{escaping.cut(a[first])!r} in A, {escaping.cut(b[first])!r} in B",
    )


def _compare_facts(a: Mapping[str, str], b: Mapping[str, str]) -> Iterator[Finding]:
    """Yields notes: what a program computes shows whether a fact matters."""
    for name in sorted(set(a) | set(b)):
        first, other = (_show(facts.get(name)) for facts in (a, b))
        if a.get(name) != b.get(name):
            detail = f"{first} in A, {other} in B"
            yield Finding("facts", Outcome.NOTE, detail, escaping.cut(name))


def _show(fact: str | None) -> str:
    return "none" if fact is None else repr(escaping.cut(fact))
