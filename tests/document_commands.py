"""Runs the commands of a document in a folder that is like a clone."""

from __future__ import annotations

import contextlib
import os
import pathlib
import shutil
import signal
import subprocess
import tempfile

_ROOT = pathlib.Path(__file__).resolve().parents[1]


def run(folder: pathlib.Path, *command: str) -> str:
    """Runs a command, which must succeed, and returns what it prints.

    All files that it writes must be files that git ignores in a clone.
    """
    shutil.copy(str(_ROOT / ".gitignore"), str(folder))
    git(folder, "init", "--quiet")
    git(folder, "add", "--all")
    printed = _run_group(folder, *command)
    status = git(folder, "status", "--porcelain").splitlines()
    assert [line for line in status if line.startswith("??")] == []
    return printed


def _run_group(folder: pathlib.Path, *command: str) -> str:
    """Runs a command, and ends what it leaves behind.

    If a command fails, those in the background run on, and keep its output open.
    """
    with tempfile.TemporaryFile("w+") as output, tempfile.TemporaryFile("w+") as log:
        process = subprocess.Popen(
            command,
            cwd=str(folder),
            stdout=output,
            stderr=log,
            start_new_session=True,
        )
        status = process.wait()
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        for file in (output, log):
            file.seek(0)
        printed = output.read()
        assert status == 0, printed + log.read()
    return printed


def git(folder: pathlib.Path, *arguments: str) -> str:
    """Returns what git prints in a folder."""
    command = ["git", "-C", str(folder), *arguments]
    # check-ignore exits with 1 if it prints nothing.
    return subprocess.run(command, stdout=subprocess.PIPE, text=True).stdout
