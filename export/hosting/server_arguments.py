"""Checks the arguments of the development server, each on its own."""

from __future__ import annotations

import os

from ... import errors, paths

_MAX_PORT = 2**16 - 1


def check_folder(folder: str) -> None:
    """Checks the folder of the published modules.

    Raises:
      errors.InputError: if there is no such folder.
    """
    paths.check("folder", folder)
    if not os.path.isdir(folder):
        found = "a file" if os.path.exists(folder) else "no folder"
        raise errors.InputError(
            f"'{folder}' must be the folder that efficientnet-hub build publishes to, "
            f"found {found}"
        )


def check_port(port: int) -> None:
    """Checks a port, 0 for any that is free.

    Raises:
      errors.InputError: if it is out of range.
    """
    if not 0 <= port <= _MAX_PORT:
        raise errors.InputError(
            f"port must be from 0, for any that is free, to {_MAX_PORT}, found {port}"
        )


def check_host(host: str) -> None:
    """Checks that a host is not empty, which means all addresses for a socket.

    Raises:
      errors.InputError: if it is empty.
    """
    if not host:
        raise errors.InputError(
            "host must be an address of this machine, found '': is a variable empty?"
        )
