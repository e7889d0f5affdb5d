"""Finds modules of a list that cannot be published in the same collection."""

from __future__ import annotations

from typing import Iterable, Iterator


def find(modules: Iterable[tuple[str, str]]) -> Iterator[str]:
    """Yields a sentence for each module that collides with an earlier one.

    Args:
      modules: handle and version of each module, e.g. 'me/b0/classification/1', and
        its file and line.
    """
    addresses: dict[str, tuple[str, str]] = {}
    folders: dict[str, tuple[str, str]] = {}
    for handle, place in modules:
        parts = handle.split("/")
        own = ["/".join(parts[:end]) for end in range(1, len(parts))]
        yield from _check(handle, place, own, addresses, folders)
        addresses.setdefault(handle.lower(), (handle, place))
        for folder in own:
            folders.setdefault(folder.lower(), (folder, place))


def _check(
    handle: str,
    place: str,
    own: list[str],
    addresses: dict[str, tuple[str, str]],
    folders: dict[str, tuple[str, str]],
) -> Iterator[str]:
    """Yields why a module collides with those before it, by their lower case."""
    if handle.lower() in addresses:
        other, where = addresses[handle.lower()]
        if other == handle:
            yield (
                f"{place}: handle and version must be unique, found {handle} at "
                f"{where} too"
            )
            return
    for folder in own:
        other, where = folders.get(folder.lower(), (folder, ""))
        if other != folder:
            yield (
                f"{place}: handles must differ by more than upper and lower case, "
                f"found {folder} and {other} at {where}"
            )
            return
    for folder in own:
        if folder.lower() in addresses:
            yield _describe(place, handle, *addresses[folder.lower()])
    if handle.lower() in folders:
        yield _describe(place, handle, *folders[handle.lower()])


def _describe(place: str, handle: str, other: str, where: str) -> str:
    return (
        f"{place}: no handle may start with the handle and version of another module, "
        f"found {handle} and {other} at {where}"
    )
