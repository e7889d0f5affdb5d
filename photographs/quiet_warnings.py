"""Hides what Pillow and libtiff print, also while several threads read."""

from __future__ import annotations

import contextlib
import ctypes
import functools
import importlib
import logging
import threading
import warnings
from typing import Any, Callable, Iterator


@functools.lru_cache(maxsize=None)
def _find_setter() -> Callable[[Any], Any]:
    """Returns libtiff's function that sets what prints errors, and returns the last.

    libtiff prints to stderr, although Pillow also raises the error. The function is
    looked up in Pillow's own extension and in the libraries that it has loaded.
    """
    try:
        extension = importlib.import_module("PIL._imaging")
        setter = ctypes.CDLL(extension.__file__).TIFFSetErrorHandler
    except (AttributeError, ImportError, OSError):
        # Pillow without libtiff, or a system that does not find it this way.
        return lambda handler: handler
    setter.argtypes, setter.restype = [ctypes.c_void_p], ctypes.c_void_p
    return setter


class _Filter:
    """Hides warnings from the first thread that enters to the last one that leaves.

    `warnings.catch_warnings` alone is not safe: a thread could restore the filters
    that another one set.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._inside = 0
        self._caught = warnings.catch_warnings()
        self._printer: Any = None

    def enter(self) -> None:
        with self._lock:
            self._inside += 1
            if self._inside == 1:
                self._caught = warnings.catch_warnings()
                self._caught.__enter__()
                warnings.simplefilter("ignore")
                self._printer = _find_setter()(None)

    def leave(self) -> None:
        with self._lock:
            self._inside -= 1
            if self._inside == 0:
                _find_setter()(self._printer)
                self._caught.__exit__(None, None, None)


_FILTER = _Filter()
# Python would print errors of a logger without a handler.
logging.getLogger("PIL").addHandler(logging.NullHandler())


@contextlib.contextmanager
def hide() -> Iterator[None]:
    """Hides all warnings of the process, such as Pillow's of damaged metadata.

    It also hides the lines that libtiff prints for damaged TIFF files.
    """
    _FILTER.enter()
    try:
        yield
    finally:
        _FILTER.leave()
