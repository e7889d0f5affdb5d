"""Looks at a module in the cache while other programs may replace or remove it."""

from __future__ import annotations

import os
import time
from typing import Callable, Optional, Sequence, Tuple, TypeVar

from . import stored_module

_SECONDS_TO_RETRY = 10.0

_Result = TypeVar("_Result")
# Device, inode, and when it was last changed or moved. A new folder may get the inode
# of the one that it replaces.
_Identity = Optional[Tuple[int, int, int]]


def observe(stored: stored_module.StoredModule, look: Callable[[], _Result]) -> _Result:
    """Calls a function until the module does not change during the call.

    If another program replaces or removes the module, the function may have read files
    of both modules.

    Args:
      stored: the module, or the place for one. This process needs no lock.
      look: the function, which reads the module and changes nothing.

    Returns:
      What the last call returned: after 10 seconds, the function is not called again.

    Raises:
      Exception: what the last call raised.
    """
    end = time.monotonic() + _SECONDS_TO_RETRY
    while True:
        before = _identify(stored)
        try:
            result = look()
        except Exception:
            if _identify(stored) == before or time.monotonic() > end:
                raise
            continue
        if _identify(stored) == before or time.monotonic() > end:
            return result


def _identify(stored: stored_module.StoredModule) -> Sequence[_Identity]:
    """Returns what tells a module from the one that takes its place."""
    paths = (stored.folder, stored.descriptor, stored.manifest)
    return [_identify_path(path) for path in paths]


def _identify_path(path: str) -> _Identity:
    try:
        status = os.lstat(path)
    except OSError:
        return None
    return status.st_dev, status.st_ino, status.st_ctime_ns
