"""Reads and writes a client's connection within a time limit.

The timeout of a socket is for one operation. A client that sends or takes a byte now
and then keeps each operation short, and would hold its thread for ever.
"""

from __future__ import annotations

import io
import socket
import time
from typing import Any


class Receiver(io.RawIOBase):
    """Reads what a client sends, all of it within a number of seconds."""

    def __init__(self, connection: socket.socket, seconds: float):
        """Starts the time limit.

        Args:
          connection: the socket to read from. Its timeout changes.
          seconds: how long it may take to receive everything.
        """
        super().__init__()
        self._connection = connection
        self._end = time.monotonic() + seconds

    def readable(self) -> bool:
        """See `io.RawIOBase`."""
        return True

    def readinto(self, buffer: Any) -> int:
        """See `io.RawIOBase`.

        Raises:
          socket.timeout: if the time is over.
        """
        _limit(self._connection, self._end)
        return self._connection.recv_into(buffer)


class Sender(io.BufferedIOBase):
    """Writes to a client that must take a least number of bytes a second on average."""

    def __init__(self, connection: socket.socket, seconds: float, least_rate: float):
        """Starts the time limit.

        Args:
          connection: the socket to write to. Its timeout changes.
          seconds: how long the client may take nothing.
          least_rate: bytes a second that the client must take beyond that time.
        """
        super().__init__()
        self._connection = connection
        self._seconds = seconds
        self._least_rate = least_rate
        self._start: float | None = None
        self._sent = 0

    def writable(self) -> bool:
        """See `io.BufferedIOBase`."""
        return True

    def write(self, data: Any) -> int:
        """Writes all of `data`.

        Raises:
          socket.timeout: if the client takes too long.
        """
        if self._start is None:
            self._start = time.monotonic()
        end = self._start + self._seconds + self._sent / self._least_rate
        _limit(self._connection, end)
        self._connection.sendall(data)
        self._sent += len(data)
        return len(data)


def _limit(connection: socket.socket, end: float) -> None:
    """Sets a timeout that ends at a time of `time.monotonic`."""
    left = end - time.monotonic()
    if left <= 0:
        raise socket.timeout("timed out")
    connection.settimeout(left)
