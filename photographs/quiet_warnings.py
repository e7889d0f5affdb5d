"""Hides the warnings of Pillow, also while several threads read."""

from __future__ import annotations

import contextlib
import logging
import threading
import warnings
from typing import Iterator


class _Filter:
    """Hides warnings from the first thread that enters to the last one that leaves.

    `warnings.catch_warnings` alone is not safe: a thread could restore the filters
    that another one set.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._inside = 0
        self._caught = warnings.catch_warnings()

    def enter(self) -> None:
        with self._lock:
            self._inside += 1
            if self._inside == 1:
                self._caught = warnings.catch_warnings()
                self._caught.__enter__()
                warnings.simplefilter("ignore")

    def leave(self) -> None:
        with self._lock:
            self._inside -= 1
            if self._inside == 0:
                self._caught.__exit__(None, None, None)


_FILTER = _Filter()
# Python would print errors of a logger without a handler.
logging.getLogger("PIL").addHandler(logging.NullHandler())


@contextlib.contextmanager
def hide() -> Iterator[None]:
    """Hides all warnings of the process, such as Pillow's of damaged metadata."""
    _FILTER.enter()
    try:
        yield
    finally:
        _FILTER.leave()
