"""Ports of this machine at which nobody listens."""

from __future__ import annotations

import contextlib
import socket


def find(count: int) -> list[int]:
    """Returns as many ports, each another, of localhost."""
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for each in sockets:
            each.bind(("localhost", 0))
        return [each.getsockname()[1] for each in sockets]
