"""Folders of any file system that Spark reads, and how a table replaces another one."""

from __future__ import annotations

import contextlib
import re
from typing import Any, Iterator

from .. import errors, escaping

# Of what is in the folder of a table that Spark wrote, or writes.
_OWN_NAME = re.compile(r"_SUCCESS|_temporary|part-\d{5}-.+\.parquet|\..+\.crc")
# Of the folder that a job writes to, and of the old table while the new one takes its
# place.
_INCOMPLETE = ".incomplete"
_REPLACED = ".replaced"


class Folder:
    """A folder, with its address in full.

    Attributes:
      name: what to call it in errors.
      address: its address.
    """

    def __init__(self, session: Any, name: str) -> None:
        self.name = name
        self._session = session
        # pyspark has no functions of its own for files.
        path = session._jvm.org.apache.hadoop.fs.Path(name)
        self._files = path.getFileSystem(session._jsc.hadoopConfiguration())
        self._path = path.makeQualified(
            self._files.getUri(), self._files.getWorkingDirectory()
        )
        self.address: str = self._path.toString()

    def beside(self, ending: str) -> Folder:
        """Returns the folder beside it whose name has a further ending."""
        return Folder(self._session, self.address + ending)

    def exists(self) -> bool:
        """Returns whether something is at the path."""
        return self._files.exists(self._path)

    def check_is_table(self) -> None:
        """Checks that it is a table, also an incomplete one.

        Raises:
          errors.InputError: if something else is at the path.
        """
        is_folder = self._files.getFileStatus(self._path).isDirectory()
        names = self.list_names() if is_folder else [self.name]
        foreign = [name for name in names if not _OWN_NAME.fullmatch(name)]
        if foreign:
            raise errors.InputError(
                f"'{self.name}' must be a table that Spark wrote, which --overwrite "
                f"replaces, found {escaping.list_names(foreign)}: give another --output"
            )

    def list_names(self) -> list[str]:
        """Returns the names of the files in it, sorted."""
        found = self._files.listStatus(self._path)
        return sorted(each.getPath().getName() for each in found)

    def rename(self, other: Folder) -> None:
        """Gives it the path of another folder, where nothing may be.

        Raises:
          errors.InputError: if the file system does not rename it.
        """
        if other.exists() or not self._files.rename(self._path, other._path):
            raise errors.InputError(
                f"'{self.name}' must be renamed to '{other.name}', found that the file "
                "system refuses it: does another job write there?"
            )

    def remove(self) -> None:
        """Removes it with all that is in it, if it is there."""
        self._files.delete(self._path, True)


class NewTable:
    """A table that appears when it is complete, and may replace another one."""

    def __init__(self, output: Folder) -> None:
        self._output = output
        self._incomplete = output.beside(_INCOMPLETE)
        self._replaced = output.beside(_REPLACED)

    def check(self, overwrite: bool) -> None:
        """Checks that Spark may write the table.

        An old table that a killed job moved aside is first moved back.

        Raises:
          errors.InputError: if something is in the way.
        """
        for other in (self._incomplete, self._replaced):
            if other.exists():
                other.check_is_table()
        if self._replaced.exists() and not self._output.exists():
            self._replaced.rename(self._output)
        if not self._output.exists():
            return
        if not overwrite:
            raise errors.InputError(
                f"'{self._output.name}' exists already: give another path, or "
                "--overwrite to replace it"
            )
        self._output.check_is_table()

    @contextlib.contextmanager
    def write(self) -> Iterator[Folder]:
        """Yields the folder to write to, which then takes the place of the table.

        After an error in the body, the folder is removed, and an old table stays.
        """
        for other in (self._incomplete, self._replaced):
            other.remove()
        try:
            yield self._incomplete
            self._put()
        except BaseException:
            # Spark itself may have ended, which must not hide the first error.
            with contextlib.suppress(Exception):
                self._incomplete.remove()
            raise
        self._replaced.remove()

    def _put(self) -> None:
        if self._output.exists():
            self._output.rename(self._replaced)
        try:
            self._incomplete.rename(self._output)
        except BaseException:
            if self._replaced.exists():
                self._replaced.rename(self._output)
            raise
