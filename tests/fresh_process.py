"""Runs a Python program where nothing has been imported yet."""

from __future__ import annotations

import os
import subprocess
import sys


def run(program: str) -> str:
    """Returns what a program prints.

    Args:
      program: its source.

    Raises:
      AssertionError: if it fails; tells what it wrote.
    """
    finished = subprocess.run(
        [sys.executable, "-c", program],
        env=dict(os.environ, PYTHONPATH=os.pathsep.join(filter(None, sys.path))),
        capture_output=True,
        text=True,
    )
    assert finished.returncode == 0, finished.stderr
    return finished.stdout
