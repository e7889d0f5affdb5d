"""Ends a program that a signal interrupts, without leaving temporary folders.

Python calls the handler of a signal between two of its own instructions. While the
main thread is in TensorFlow, a thread waits for the signal too. It ends the program if
the main thread does not notice.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from typing import NoReturn

from . import temporary_folders

_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
# How long the main thread may take to notice a signal, and then to end the program. A
# step of training takes up to some seconds.
_SECONDS_TO_NOTICE = 4.0
_SECONDS_TO_END = 20.0

# The first signal that was handled, which the main thread has noticed then.
_noticed: int | None = None
_has_noticed = threading.Event()


def install() -> None:
    """Makes SIGINT, SIGTERM and SIGHUP raise KeyboardInterrupt in the main thread.

    Only the first signal does, so that a second one does not interrupt the cleanup. A
    signal that the caller of the program ignores, as `nohup` does, stays ignored.
    """
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    threading.Thread(target=_watch, args=(reader,), daemon=True).start()
    for number in _SIGNALS:
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, _interrupt)
    # Python writes the number of each handled signal there, at once.
    signal.set_wakeup_fd(writer, warn_on_full_buffer=False)


def _interrupt(number: int, _: object) -> None:
    global _noticed
    if _noticed is None:
        _noticed = number
        _has_noticed.set()
        # Destructors of objects that are made in part now fail, as those of sessions
        # of TensorFlow do. Python would print a traceback of each.
        sys.unraisablehook = _ignore
        raise KeyboardInterrupt


def _ignore(_: object) -> None:
    pass


def _watch(reader: int) -> None:
    """Waits for a signal, and ends the program unless the main thread does."""
    number = 0
    while number not in _SIGNALS:
        (number,) = os.read(reader, 1)
    if _has_noticed.wait(_SECONDS_TO_NOTICE):
        time.sleep(_SECONDS_TO_END)
    os.write(2, f"efficientnet-hub: {describe(number)}\n".encode())
    end(exit_status(number))


def received() -> int | None:
    """Returns the number of the signal that interrupted this program, if one did."""
    return _noticed


def describe(number: int) -> str:
    """Returns how a signal is reported."""
    if number == signal.SIGINT:
        return "interrupted"
    return f"ended by {signal.Signals(number).name}"


def exit_status(number: int) -> int:
    """Returns the exit status of a program that a signal ended, as in shells."""
    return 128 + number


def end(status: int) -> NoReturn:
    """Removes the temporary folders, and ends the program without waiting for threads.

    Args:
      status: the exit status.
    """
    temporary_folders.remove_all()
    os._exit(status)
