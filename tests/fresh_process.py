"""Runs Python programs in new processes, which have imported nothing."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Any, Mapping


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


def run_job(file: str, job: Any, environment: Mapping[str, str] | None = None) -> Any:
    """Runs a program that reads a job and writes its result, both as JSON.

    Args:
      file: the path of the program.
      job: what the program reads from standard input.
      environment: the environment variables, by default those of this process.

    Raises:
      AssertionError: if it fails; the message is what it wrote to stderr.
    """
    finished = subprocess.run(
        [sys.executable, file],
        input=json.dumps(job),
        env=environment,
        capture_output=True,
        text=True,
    )
    assert finished.returncode == 0, finished.stderr
    return json.loads(finished.stdout)
