"""Imports TensorFlow in less time, for processes that run this package only."""

from __future__ import annotations

import contextlib
import gc
import sys
from typing import Any, Iterator, Sequence

from .. import dependencies

# Keras imports them if they are installed, and pyarrow with pandas: 0.9 and 0.2 s of
# 5 s. Keras uses them for data and for augmentations that no command has.
_UNUSED = ("pandas", "scipy")
# A graph has tens of thousands of objects, which live as long as the process. Python's
# thresholds, 700 and 10, make it search them again and again.
_THRESHOLDS = (50_000, 20, 50)


def tensorflow() -> Any:
    """Returns TensorFlow, and makes the garbage collector search less from now on.

    Raises:
      errors.DependencyError: if it is missing, or older than 1.15.
    """
    if "tensorflow" in sys.modules:
        return dependencies.tensorflow()
    with _pause_garbage_collection(), _hide(_UNUSED):
        module = dependencies.tensorflow()
    gc.freeze()
    gc.set_threshold(*_THRESHOLDS)
    return module


@contextlib.contextmanager
def _pause_garbage_collection() -> Iterator[None]:
    """Keeps Python from searching what is imported, which is no garbage."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


@contextlib.contextmanager
def _hide(packages: Sequence[str]) -> Iterator[None]:
    """Makes packages seem to be missing that have not been imported before."""
    hidden = [package for package in packages if package not in sys.modules]
    for package in hidden:
        sys.modules[package] = None  # type: ignore[assignment]
    try:
        yield
    finally:
        for package in hidden:
            del sys.modules[package]
