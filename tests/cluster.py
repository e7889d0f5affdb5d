"""Runs the processes of a cluster on this machine, configured by TF_CONFIG."""

from __future__ import annotations

import json
import os
import pathlib
import subprocess
from typing import Mapping, Sequence

from efficientnet_hub.tests import free_ports


class Cluster:
    """Processes that run the same command, each with a log of its own.

    Attributes:
      addresses: the addresses of the processes of each type.
    """

    def __init__(
        self,
        command: Sequence[str],
        counts: Mapping[str, int],
        folder: pathlib.Path,
        environment: Mapping[str, str] = os.environ,
    ):
        """Finds an address for each process.

        Args:
          command: the program and its arguments.
          counts: the number of processes of each type, e.g. {'chief': 1, 'worker': 2}.
          folder: the folder of the logs.
          environment: the variables of the processes, without TF_CONFIG.
        """
        self._command, self._folder = command, folder
        self._environment = environment
        self._running = {}
        ports = iter(free_ports.find(sum(counts.values())))
        self.addresses = {
            name: [f"localhost:{next(ports)}" for _ in range(count)]
            for name, count in counts.items()
        }

    def begin(self, type_: str, index: int = 0, **others: Sequence[str]) -> None:
        """Starts a process, or restarts one that was killed.

        Args:
          type_: its type.
          index: its index among the processes of the type.
          **others: addresses by type, which only this process has instead.
        """
        task = {"type": type_, "index": index}
        addresses = {**self.addresses, **others}
        config = json.dumps({"cluster": addresses, "task": task})
        with self._log(type_, index).open("a") as log:
            self._running[type_, index] = subprocess.Popen(
                self._command,
                env=dict(self._environment, TF_CONFIG=config, CUDA_VISIBLE_DEVICES=""),
                stdout=log,
                stderr=subprocess.STDOUT,
            )

    def kill(self, type_: str, index: int = 0) -> None:
        """Kills a running process with SIGKILL."""
        assert self.runs(type_, index), self._log(type_, index).read_text()
        self._running[type_, index].kill()
        self._running[type_, index].wait()

    def end(self, type_: str, index: int = 0) -> str:
        """Waits until a process ends, checks its exit status, and returns its log."""
        status = self._running[type_, index].wait(timeout=500)
        printed = self._log(type_, index).read_text()
        assert status == 0, printed
        return printed

    def runs(self, type_: str, index: int = 0) -> bool:
        """Returns whether a process runs."""
        return self._running[type_, index].poll() is None

    def kill_all(self) -> None:
        """Kills all processes."""
        for process in self._running.values():
            process.kill()
            process.wait()

    def _log(self, type_: str, index: int) -> pathlib.Path:
        return self._folder / f"{type_}-{index}.log"
