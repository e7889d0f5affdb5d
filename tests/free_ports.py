"""Finds ports of this machine that no program uses."""

from __future__ import annotations

import contextlib
import socket


def find(count: int) -> list[int]:
    """Returns different free ports of localhost.

    Args:
      count: the number of ports.
    """
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for each in sockets:
            each.bind(("localhost", 0))
        return [each.getsockname()[1] for each in sockets]
