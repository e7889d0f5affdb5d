"""Processes of a cluster on this machine, told of it by TF_CONFIG."""

from __future__ import annotations

import json
import os
import pathlib
import subprocess
from typing import Mapping, Sequence

from efficientnet_hub.tests import free_ports


class Cluster:
    """Processes that all run one command, and write to a log each."""

    def __init__(
        self, command: Sequence[str], counts: Mapping[str, int], folder: pathlib.Path
    ):
        """Finds an address for each process.

        Args:
          command: the program and its arguments.
          counts: how many of each type there are, e.g. {'chief': 1, 'worker': 2}.
          folder: where the logs go.
        """
        self._command, self._folder = command, folder
        self._running = {}
        ports = iter(free_ports.find(sum(counts.values())))
        self.addresses = {
            name: ["localhost:%d" % next(ports) for _ in range(count)]
            for name, count in counts.items()
        }

    def begin(self, type_: str, index: int = 0) -> None:
        """Starts a process, again if it was killed."""
        task = {"type": type_, "index": index}
        config = json.dumps({"cluster": self.addresses, "task": task})
        with self._log(type_, index).open("a") as log:
            self._running[type_, index] = subprocess.Popen(
                self._command,
                env=dict(os.environ, TF_CONFIG=config, CUDA_VISIBLE_DEVICES=""),
                stdout=log,
                stderr=subprocess.STDOUT,
            )

    def kill(self, type_: str, index: int = 0) -> None:
        """Kills a process, which runs, with SIGKILL."""
        assert self.runs(type_, index), self._log(type_, index).read_text()
        self._running[type_, index].kill()
        self._running[type_, index].wait()

    def end(self, type_: str, index: int = 0) -> str:
        """Returns what a process printed, having ended well by itself."""
        status = self._running[type_, index].wait(timeout=500)
        printed = self._log(type_, index).read_text()
        assert status == 0, printed
        return printed

    def runs(self, type_: str, index: int = 0) -> bool:
        """Whether a process runs."""
        return self._running[type_, index].poll() is None

    def kill_all(self) -> None:
        """Ends all processes."""
        for process in self._running.values():
            process.kill()
            process.wait()

    def _log(self, type_: str, index: int) -> pathlib.Path:
        return self._folder / ("%s-%d.log" % (type_, index))
