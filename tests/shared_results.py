"""Makes an expensive result once for all processes of a test run."""

from __future__ import annotations

import fcntl
import os
import pathlib
import pickle
from typing import Any, Callable

import pytest


def make_once(
    tmp_path_factory: pytest.TempPathFactory,
    name: str,
    make: Callable[[pathlib.Path], Any],
) -> Any:
    """Returns what `make` returns, which only one process of the test run calls.

    pytest-xdist sets up a session's fixtures in each of its workers. They share a
    folder; the first worker that needs the result writes it there, and the others wait.

    Args:
      tmp_path_factory: pytest's.
      name: of the result, unique in the test run.
      make: called with an empty folder that all workers see. Returns what pickle can
        store, such as the paths of the files that it wrote to the folder. No test may
        change these files.
    """
    root = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        root = root.parent
    folder, stored = root / name, root / f"{name}.pickle"
    with open(str(root / f"{name}.lock"), "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not stored.exists():
            folder.mkdir()
            stored.write_bytes(pickle.dumps(make(folder)))
    return pickle.loads(stored.read_bytes())
