"""Ends a worker that has no connection to its cluster when the training has ended."""

from __future__ import annotations

import concurrent.futures
import threading
import time
from typing import Callable

_THREAD = "training of a worker"
_SECONDS_BETWEEN_LOOKS = 2.0
# A worker that takes its last steps ends by itself in this time.
_SECONDS_TO_END = 20.0


def train_until_end(train: Callable[[], None], has_ended: Callable[[], bool]) -> bool:
    """Trains, and leaves the training if it has ended for all others.

    TensorFlow waits for a parameter server without a limit, in a call that nothing can
    interrupt. The parameter server may be gone before a slow worker first reaches it.

    Args:
      train: takes the steps of this worker. It runs in another thread, which continues
        until the process ends if the training is left. Python then aborts if it ends
        while the thread is in TensorFlow: end the process with `os._exit`.
      has_ended: returns whether the training has ended, for this worker too.

    Returns:
      Whether `train` has returned.

    Raises:
      Exception: what `train` raises.
    """
    result: concurrent.futures.Future[None] = concurrent.futures.Future()

    def run() -> None:
        try:
            train()
            result.set_result(None)
        except BaseException as error:
            result.set_exception(error)

    threading.Thread(target=run, name=_THREAD, daemon=True).start()
    ended_at = None
    while not concurrent.futures.wait([result], _SECONDS_BETWEEN_LOOKS).done:
        ended_at = (ended_at or time.monotonic()) if has_ended() else None
        if ended_at and time.monotonic() - ended_at >= _SECONDS_TO_END:
            return False
    result.result()
    return True


def goes_on() -> bool:
    """Returns whether a training that was left still runs in this process."""
    return any(thread.name == _THREAD for thread in threading.enumerate())
