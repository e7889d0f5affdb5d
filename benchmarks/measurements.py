"""Reads the results of all parts for the report."""

from __future__ import annotations

import os

import results


class IncompleteError(Exception):
    """A result that the page needs is missing."""


class Measurements:
    """The results of all environments in one folder: `<environment>/<part>.json`."""

    def __init__(self, folder: str):
        """Takes the folder. Files are read on demand."""
        self._folder = folder

    def measured(self, environment: str, part: str) -> dict:
        """Returns what a part measured in an environment.

        Raises:
          IncompleteError: if it was not run there.
        """
        return self._file(environment, part)["measured"]

    def circumstances(self, environment: str, part: str) -> dict:
        """Returns date, machine and versions of a measurement.

        Raises:
          IncompleteError: if it was not run.
        """
        content = self._file(environment, part)
        return {key: content[key] for key in ("date", "machine", "environment")}

    def _file(self, environment, part):
        path = os.path.join(self._folder, environment, part + ".json")
        if not os.path.exists(path):
            raise IncompleteError(f"{part} was not measured in {environment}")
        return results.read(path)
