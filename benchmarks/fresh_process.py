"""Runs a program in a new process; returns its time, its memory and its output.

The kernel's figure for the peak memory of a process starts at that of its parent. A
program that measures memory with this module must not import TensorFlow.
"""

from __future__ import annotations

import collections
import json
import os
import subprocess
import sys
import tempfile
import time
from typing import Sequence

# Seconds of wall time; the peak of resident memory in bytes; standard output.
Run = collections.namedtuple("Run", ["seconds", "peak_bytes", "output"])


def run(arguments: Sequence[str], exit_status: int = 0) -> Run:
    """Runs Python with some arguments.

    Args:
      arguments: the arguments of `python`.
      exit_status: the expected exit status.

    Raises:
      RuntimeError: if it ends with another status; the message has its output.
    """
    with tempfile.TemporaryFile("w+") as output, tempfile.TemporaryFile("w+") as log:
        start = time.perf_counter()
        process = subprocess.Popen(
            [sys.executable, *arguments], stdout=output, stderr=log
        )
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - start
        process.returncode = os.WEXITSTATUS(status) if os.WIFEXITED(status) else -1
        output.seek(0)
        log.seek(0)
        if process.returncode != exit_status:
            raise RuntimeError(
                f"the exit status of python {' '.join(arguments)} must be "
                f"{exit_status}, found {process.returncode}: {log.read()}"
            )
        return Run(seconds, usage.ru_maxrss * 1024, output.read())


def answer(program: str, *arguments: str) -> dict:
    """Returns the JSON that a program in this folder prints on its last line."""
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), program)
    return json.loads(run([path, *arguments]).output.splitlines()[-1])
