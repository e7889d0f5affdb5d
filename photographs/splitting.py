"""Splits photographs into those to train with and those to evaluate with."""

from __future__ import annotations

import collections

from .. import digests
from .labeled import Photographs


def split(
    photographs: Photographs, held_out: float, seed: int
) -> tuple[Photographs, Photographs]:
    """Splits photographs, each class by itself.

    A hash of the seed and of a file's content decides. Copies of a photograph are on
    the same side, also if they have several labels. Adding or removing a photograph
    moves few others.

    Args:
      photographs: at least two of each class.
      held_out: fraction to evaluate with, in (0, 1). Each side gets at least one
        photograph of each class, unless all files of the class are identical or are
        copies of those of other classes.
      seed: another seed gives another split.

    Returns:
      The photographs to train with, and those to evaluate with.
    """
    of_class: dict[int, set[str]] = collections.defaultdict(set)
    for label, digest in zip(photographs.labels, photographs.digests):
        of_class[label].add(digest)
    to_evaluate: set[str] = set()
    to_train: set[str] = set()
    for _, contents in sorted(of_class.items()):
        count = min(max(1, round(held_out * len(contents))), len(contents) - 1)
        free = sorted(
            contents - to_evaluate - to_train,
            key=lambda digest: digests.of_texts([str(seed), digest]),
        )
        missing = max(0, count - len(contents & to_evaluate))
        to_evaluate.update(free[:missing])
        to_train.update(free[missing:])
    is_held_out = [digest in to_evaluate for digest in photographs.digests]
    return (
        photographs.select([i for i, held in enumerate(is_held_out) if not held]),
        photographs.select([i for i, held in enumerate(is_held_out) if held]),
    )
