"""Notes which parameter servers a process of a cluster waits for."""

from __future__ import annotations

import contextlib
import socket
import threading
from typing import Iterator

from .. import progress_bars
from . import cluster

# A parameter server imports TensorFlow first.
_SECONDS = 30.0
_SECONDS_TO_CONNECT = 5.0


@contextlib.contextmanager
def noting(task: cluster.Task) -> Iterator[None]:
    """Prints a note for each parameter server that does not answer after a while.

    TensorFlow waits for it without a limit, and says nothing that a user sees. An
    evaluator and the parameter servers do not wait for one.

    Args:
      task: the task of this process, which it does in the body.
    """
    has_ended = threading.Event()
    if task.parameter_servers and (task.is_chief or task.is_worker):
        # It does not keep the process from ending.
        threading.Thread(target=_note, args=(task, has_ended), daemon=True).start()
    try:
        yield
    finally:
        has_ended.set()


def _note(task: cluster.Task, has_ended: threading.Event) -> None:
    if has_ended.wait(_SECONDS):
        return
    silent = [each for each in task.parameter_servers if not _answers(each)]
    if not has_ended.is_set():
        for address in silent:
            progress_bars.print_line(
                f"note: the {task} waits for the parameter server at {address}, which "
                f"does not answer after {_SECONDS:g} seconds: does it run, and is the "
                "address in TF_CONFIG right?"
            )


def _answers(address: str) -> bool:
    host, _, port = address.rpartition(":")
    try:
        socket.create_connection(
            (host.strip("[]"), int(port)), _SECONDS_TO_CONNECT
        ).close()
    except (OSError, OverflowError, UnicodeError):
        return False
    return True
