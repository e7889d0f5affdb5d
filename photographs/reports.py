"""Describes the photographs of a folder, and what is unusual about them."""

from __future__ import annotations

import collections
from typing import Iterator, Mapping, Sequence

from .. import escaping
from . import folders
from .labeled import Photographs

_MOST_EXTENSIONS = 5
_MOST_CLASSES = 20
# A class with less than this part of the photographs of the largest one is small.
_SMALL = 0.1


def describe_left_out(left_out: Mapping[str, int]) -> str | None:
    """Returns a line about the files that are no photographs, or None.

    Args:
      left_out: see `folders.Found`.
    """
    counts = dict(left_out)
    hidden = counts.pop(folders.HIDDEN, 0)
    of_a_system = counts.pop(folders.OF_A_SYSTEM, 0)
    beside = counts.pop(folders.BESIDE_CLASSES, 0)
    parts = []
    if counts:
        extensions = sorted(counts, key=lambda name: (-counts[name], name))
        shown = ", ".join(map(escaping.cut, extensions[:_MOST_EXTENSIONS]))
        more = ", ..." if len(extensions) > _MOST_EXTENSIONS else ""
        total = sum(counts.values())
        parts.append(f"{_count(total, 'file')} of other formats ({shown}{more})")
    if beside:
        parts.append(f"{_count(beside, 'image')} in no folder of a class")
    if hidden:
        parts.append(_count(hidden, "hidden file"))
    if of_a_system:
        parts.append(f"{_count(of_a_system, 'file')} of systems (__MACOSX, Thumbs.db)")
    return f"left out: {', '.join(parts)}" if parts else None


def describe_skipped(sentences: Sequence[str]) -> Iterator[str]:
    """Yields lines about the files that are damaged and left out."""
    if sentences:
        yield f"left out: {_count(len(sentences), 'file')} that cannot be read"
    yield from (f"  {sentence}" for sentence in sentences)


def describe_classes(photographs: Photographs, folder: str) -> Iterator[str]:
    """Yields a table of the number of photographs of each class.

    Of many classes, it has the largest and the smallest.

    Args:
      photographs: those that can be read.
      folder: where they are.
    """
    counts = count_classes(photographs)
    total = _count(len(photographs.paths), "photograph")
    yield f"{total} of {_count(len(counts), 'class')} in '{folder}':"
    width = len(str(max(counts.values(), default=0)))
    rows = list(counts.items())
    if len(rows) > _MOST_CLASSES:
        rows.sort(key=lambda row: -row[1])
    half = _MOST_CLASSES // 2
    for position, (name, count) in enumerate(rows):
        if len(rows) <= _MOST_CLASSES or not half <= position < len(rows) - half:
            yield f"  {count:{width}}  {escaping.cut(name)}"
        elif position == half:
            yield f"  {'...':>{width}}  {len(rows) - _MOST_CLASSES} classes between"


def list_notes(photographs: Photographs) -> Iterator[str]:
    """Yields a line about each thing that is unusual, without its start 'note: '."""
    yield from _find_similar_names(photographs)
    yield from _find_copies(photographs)
    yield from _find_small_classes(photographs)


def _find_similar_names(photographs: Photographs) -> Iterator[str]:
    by_name: dict[str, list[str]] = collections.defaultdict(list)
    for name in photographs.class_names:
        by_name[name.strip().casefold()].append(name)
    similar = [names for names in by_name.values() if len(names) > 1]
    if similar:
        yield (
            f"{_count(len(similar), 'pair')} of classes differ only by case or spaces, "
            f"such as {escaping.list_names(similar[0])}: are they the same class?"
        )


def _find_copies(photographs: Photographs) -> Iterator[str]:
    first: dict[str, int] = {}
    pairs = []
    for index, digest in enumerate(photographs.digests):
        other = first.setdefault(digest, index)
        if photographs.labels[other] != photographs.labels[index]:
            pairs.append((other, index))
    if pairs:
        other, index = pairs[0]
        yield (
            f"{_count(len(pairs), 'photograph')} with two labels, such as "
            f"'{photographs.paths[index]}', a copy of '{photographs.paths[other]}'"
        )


def _find_small_classes(photographs: Photographs) -> Iterator[str]:
    counts = count_classes(photographs)
    largest = max(counts.values(), default=0)
    small = [name for name, count in counts.items() if count < _SMALL * largest]
    if small:
        smallest = min(small, key=lambda name: counts[name])
        yield (
            f"{_count(len(small), 'class')} with less than a tenth of the photographs "
            f"of the largest, such as {smallest!r} with {counts[smallest]} of {largest}"
        )


def describe_overlap(training: Photographs, evaluation: Photographs) -> str | None:
    """Returns a line about photographs on both sides of a training, or None."""
    contents = set(training.digests)
    both = [
        path
        for path, digest in zip(evaluation.paths, evaluation.digests)
        if digest in contents
    ]
    if not both:
        return None
    are_copies = "is a copy" if len(both) == 1 else "are copies"
    return (
        f"{_count(len(both), 'photograph')} to evaluate with, such as '{both[0]}', "
        f"{are_copies} of those to train with: the accuracy is too high"
    )


def describe_missing(evaluation: Photographs) -> str | None:
    """Returns a line about classes without a photograph to evaluate with, or None."""
    labels = set(evaluation.labels)
    missing = [
        name for label, name in enumerate(evaluation.class_names) if label not in labels
    ]
    if not missing:
        return None
    return (
        f"{_count(len(missing), 'class')} without a photograph to evaluate with: "
        f"{escaping.list_names(missing)}"
    )


def count_classes(photographs: Photographs) -> dict[str, int]:
    """Returns the number of photographs of each class, by its name."""
    counts = collections.Counter(photographs.labels)
    names = photographs.class_names
    return {name: counts[label] for label, name in enumerate(names)}


def _count(count: int, what: str) -> str:
    if count == 1:
        return f"{count} {what}"
    return f"{count} {what}es" if what.endswith("s") else f"{count} {what}s"
