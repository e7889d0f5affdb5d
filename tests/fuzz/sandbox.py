"""A process that reads hostile files, so that a crash or a hang is only an outcome."""

from __future__ import annotations

import contextlib
import json
import os
import pathlib
import select
import subprocess
import sys
from typing import Iterator, NamedTuple

_SECONDS = 20
_TARGETS = "efficientnet_hub.tests.fuzz.targets"


class Outcome(NamedTuple):
    """What became of an input: 'accepted', 'refused', or a fault, and the message."""

    kind: str
    message: str


@contextlib.contextmanager
def open_sandbox(folder: pathlib.Path) -> Iterator[Sandbox]:
    """Opens a sandbox with its temporary files in a folder."""
    opened = Sandbox(folder)
    try:
        yield opened
    finally:
        opened.close()


class Sandbox:
    """Runs targets on many inputs, in a process with bounded time and memory."""

    def __init__(self, folder: pathlib.Path) -> None:
        self._temporary = folder / "temporary"
        self._temporary.mkdir()
        self._log = folder / "log"
        self._process: subprocess.Popen | None = None

    def run(self, target: str, path: pathlib.Path) -> Outcome:
        """Returns the outcome of an input file for a target of `targets.py`."""
        if self._process is None:
            self._process = self._start()
        self._process.stdin.write(json.dumps([target, str(path)]) + "\n")
        self._process.stdin.flush()
        line = self._read_line(_SECONDS)
        if line:
            return Outcome(*json.loads(line))
        status = self._process.poll()
        self.close()
        if status is None:
            return Outcome("hangs", f"for {_SECONDS} seconds")
        return Outcome("dies", f"with exit status {status}: {self._read_log()}")

    def leftovers(self) -> list[str]:
        """Returns the names of the temporary files that are left."""
        return os.listdir(self._temporary)

    def close(self) -> None:
        """Ends the process."""
        if self._process is not None:
            self._process.kill()
            self._process.communicate()
            self._process = None

    def _start(self) -> subprocess.Popen:
        with open(self._log, "wb") as log:
            process = subprocess.Popen(
                [sys.executable, "-W", "ignore", "-m", _TARGETS],
                env=dict(os.environ, TMPDIR=str(self._temporary)),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                bufsize=1,
            )
        assert process.stdout.readline() == "ready\n", self._read_log()
        return process

    def _read_line(self, seconds: int) -> str:
        ready, _, _ = select.select([self._process.stdout], [], [], seconds)
        if not ready:
            return ""
        line = self._process.stdout.readline()
        if not line:
            self._process.wait()
        return line

    def _read_log(self) -> str:
        return self._log.read_text(errors="replace")[-2000:]
