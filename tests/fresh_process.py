"""Runs a Python program in a new process, without any imports."""

from __future__ import annotations

import os
import subprocess
import sys


def run(program: str) -> str:
    """Runs a program, and returns what it prints.

    Args:
      program: the source of the program.

    Raises:
      AssertionError: if it fails; the message is what it wrote to stderr.
    """
    finished = subprocess.run(
        [sys.executable, "-c", program],
        env=dict(os.environ, PYTHONPATH=os.pathsep.join(filter(None, sys.path))),
        capture_output=True,
        text=True,
    )
    assert finished.returncode == 0, finished.stderr
    return finished.stdout
