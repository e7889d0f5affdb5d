"""Splits photographs into those to train with and those to evaluate with."""

from __future__ import annotations

from .labeled import Photographs


def split(photographs: Photographs, held_out: float) -> tuple[Photographs, Photographs]:
    """Splits photographs into those to train with and those to evaluate with.

    The hash of a file's content decides. A copy is therefore on the same side as its
    original, and adding or removing a photograph moves few others.

    Args:
      photographs: at least two of each class.
      held_out: fraction to evaluate with, in (0, 1). Each side gets at least one
        photograph of each class, unless all files of the class are identical.

    Returns:
      The photographs to train with, and those to evaluate with.
    """
    indices = range(len(photographs.paths))
    to_evaluate: set[int] = set()
    for label in set(photographs.labels):
        of_class = [i for i in indices if photographs.labels[i] == label]
        contents = sorted({photographs.digests[i] for i in of_class})
        count = min(max(1, round(held_out * len(contents))), len(contents) - 1)
        chosen = set(contents[:count])
        to_evaluate.update(i for i in of_class if photographs.digests[i] in chosen)
    return (
        photographs.select([i for i in indices if i not in to_evaluate]),
        photographs.select([i for i in indices if i in to_evaluate]),
    )
