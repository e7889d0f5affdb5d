"""Runs a program in a process of its own: its time, its memory, what it printed.

The kernel's figure for the peak memory of a process starts at that of the process that
started it: whoever measures memory here must not have imported TensorFlow.
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
      arguments: what follows `python` on the command line.
      exit_status: how the program must end.

    Raises:
      RuntimeError: if it ends otherwise; tells what it wrote.
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
                "python %s ended with status %d, expected %d: %s"
                % (" ".join(arguments), process.returncode, exit_status, log.read())
            )
        return Run(seconds, usage.ru_maxrss * 1024, output.read())


def answer(program: str, *arguments: str) -> dict:
    """Returns the JSON that a program beside this one prints on its last line."""
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), program)
    return json.loads(run([path, *arguments]).output.splitlines()[-1])
