"""Lists the groups and datasets of an HDF5 file, each once."""

from __future__ import annotations

from typing import Any, Iterator

from . import contents as contents_lib
from .refusal import RefusedError, quoted

_MOST_LEVELS = 32
# B7 with the state of its optimizer has 3,500 arrays, each in up to two groups.
_MOST_OBJECTS = 2 * contents_lib.MOST_ARRAYS


class ObjectLister:
    """Walks through the groups of a file, along hard links only.

    A soft link names an object by its path, and an external link one of another file.
    Two hard links to a group make a cycle, or many paths to each object.

    Args:
      h5py: the library.
    """

    def __init__(self, h5py: Any):
        self._h5py = h5py
        self._addresses: set[Any] = set()

    def walk(self, group: Any, path: str = "") -> Iterator[tuple[str, Any]]:
        """Yields the path and the identifier of each object.

        Args:
          group: the GroupID to begin with.
          path: its path, without a slash at its start or its end.

        Raises:
          RefusedError: if the file has too many objects or levels, other links than
            hard links, two links to an object, or objects of other kinds.
        """
        self._remember(group, path)
        yield path, group
        for name in self._list_names(group, path):
            below = self._join(path, name)
            link = group.links.get_info(name)
            if link.type != self._h5py.h5l.TYPE_HARD:
                raise _refuse(f"{quoted(below)}, a soft or external link")
            found = self._h5py.h5o.open(group, name)
            if isinstance(found, self._h5py.h5g.GroupID):
                yield from self.walk(found, below)
            elif isinstance(found, self._h5py.h5d.DatasetID):
                self._remember(found, below)
                yield below, found
            else:
                raise _refuse(f"{quoted(below)}, which is no group and no dataset")

    def _remember(self, found: Any, path: str) -> None:
        information = self._h5py.h5o.get_info(found)
        address = information.addr
        if address in self._addresses:
            raise _refuse(f"{quoted(path)}, which also has another name")
        self._addresses.add(address)
        self._check_count(len(self._addresses))

    def _list_names(self, group: Any, path: str) -> list[bytes]:
        names: list[bytes] = []

        def add(name: bytes) -> bool | None:
            names.append(name)
            # Any value but None ends the iteration.
            return True if len(names) > _MOST_OBJECTS else None

        group.links.iterate(add)
        self._check_count(len(names) + len(self._addresses))
        if names and path.count("/") + 2 > _MOST_LEVELS:
            raise _refuse(f"more than {_MOST_LEVELS} levels")
        return names

    def _check_count(self, count: int) -> None:
        if count > _MOST_OBJECTS:
            raise _refuse(f"more than {_MOST_OBJECTS} groups and datasets")

    def _join(self, path: str, name: bytes) -> str:
        # The library takes a name with a slash for a path.
        if b"/" in name or name in (b"", b"."):
            raise _refuse(f"the name {name[:20]!r}")
        try:
            joined = f"{path}/{name.decode('utf-8')}" if path else name.decode("utf-8")
        except UnicodeDecodeError as error:
            raise _refuse("a name that is not UTF-8") from error
        contents_lib.check_name(joined)
        return joined


def _refuse(found: str) -> RefusedError:
    return RefusedError(
        "plain groups and datasets",
        found,
        "another program than Keras wrote the file, or it was damaged",
    )
