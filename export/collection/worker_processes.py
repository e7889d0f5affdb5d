"""The processes that build modules, which all end when the build is interrupted."""

from __future__ import annotations

import subprocess
import threading
from typing import Sequence

# A process that does not end in this time does not react to signals. It is longer than
# the time in `storage.interruption`.
_SECONDS_TO_END = 30.0


class Processes:
    """Runs processes in several threads.

    Attributes:
      are_ended: whether `end_all` was called. Their results do not matter then.
    """

    def __init__(self) -> None:
        self.are_ended = False
        self._lock = threading.Lock()
        self._running: set[subprocess.Popen[str]] = set()

    def run(
        self, command: Sequence[str], content: str, descriptor: int
    ) -> subprocess.CompletedProcess[str]:
        """Runs a process to its end.

        Args:
          command: the program and its arguments.
          content: what it reads from standard input.
          descriptor: a file descriptor that it inherits.

        Returns:
          Its exit status and what it wrote to standard error.
        """
        with self._lock:
            if self.are_ended:
                return subprocess.CompletedProcess(command, 1, "", "interrupted")
            process = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                universal_newlines=True,
                pass_fds=[descriptor],
            )
            self._running.add(process)
        _, complaints = process.communicate(content)
        with self._lock:
            self._running.remove(process)
        return subprocess.CompletedProcess(command, process.returncode, "", complaints)

    def end_all(self) -> None:
        """Ends the processes, which remove their temporary folders, and starts none."""
        with self._lock:
            self.are_ended = True
            running = list(self._running)
        for process in running:
            process.terminate()
        for process in running:
            try:
                process.wait(_SECONDS_TO_END)
            except subprocess.TimeoutExpired:
                process.kill()
