"""Chooses the sizes of the photographs that the modules see, without TensorFlow."""

from __future__ import annotations

from typing import Iterable

from ... import errors
from . import opened_module


def find_own(
    a: opened_module.OpenedModule, b: opened_module.OpenedModule, image_size: int | None
) -> tuple[tuple[int, int], tuple[int, int]]:
    """Returns the height and width that A and B expect.

    A module that does not say them gets `image_size`, or those of the other one.

    Args:
      a: module A.
      b: module B.
      image_size: see `options.Options`.

    Raises:
      errors.InputError: if nothing says them.
    """
    given = None if image_size is None else (image_size, image_size)
    first = a.image_size or given or b.image_size
    other = b.image_size or given or a.image_size
    if first is None or other is None:
        raise errors.InputError(
            f"module '{a.path}' or '{b.path}' must say its expected image size, by an "
            "attached message or by the shape of its input, found neither: give "
            "--image_size"
        )
    return first, other


def choose(
    a: opened_module.OpenedModule,
    b: opened_module.OpenedModule,
    names: Iterable[str],
    image_size: int | None,
) -> tuple[list[tuple[int, int]], str]:
    """Chooses the height and width of the photographs for A and for B.

    Args:
      a: module A.
      b: module B.
      names: the signatures that run.
      image_size: see `options.Options`.

    Returns:
      The sizes: the expected size of A, or of B, if both accept it. And which ones they
      are, as a phrase.

    Raises:
      errors.InputError: if no module says its size, and `image_size` is None.
    """
    signatures = [each.signatures[name] for name in names for each in (a, b)]
    own = find_own(a, b, image_size)
    for size, holder in zip(own, "AB"):
        if all(each.accepts(size) for each in signatures):
            phrase = f"both see photographs of {size[0]} x {size[1]}, the size of"
            return [size, size], f"{phrase} {holder}"
    return list(
        own
    ), "no size is accepted by both: each sees photographs of its own size"
