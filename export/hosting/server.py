"""The development server: listens at a port and answers each request in a thread."""

from __future__ import annotations

import errno
import http.server
import io
import socket
import threading
from typing import Any

from werkzeug import serving

from ... import __version__, errors
from . import application, connection, server_arguments

# Each connection has a thread.
_MAX_CONNECTIONS = 64
# The time for a request, and the time in which a client may take nothing of a response.
_SECONDS = 60.0
_LEAST_BYTES_PER_SECOND = 1024
_BUSY = "the server answers {} requests at the same time at most: try again later\n"


class _RequestHandler(serving.WSGIRequestHandler):
    """Names this program in responses, and writes the log and errors in plain text."""

    # Of a request whose version is unreadable: its refusal needs headers too.
    default_request_version = "HTTP/1.1"
    error_content_type = "text/plain; charset=utf-8"
    error_message_format = "%(message)s\n"

    def setup(self) -> None:
        """Limits the time of a connection."""
        super().setup()
        self.rfile = io.BufferedReader(connection.Receiver(self.connection, _SECONDS))
        self.wfile = connection.Sender(
            self.connection, _SECONDS, _LEAST_BYTES_PER_SECOND
        )

    def version_string(self) -> str:
        """Returns the value of the header Server."""
        return f"efficientnet-hub/{__version__}"

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Logs a request without werkzeug's colors, which files would contain too."""
        http.server.BaseHTTPRequestHandler.log_request(self, code, size)

    def log(self, type: str, message: str, *args: Any) -> None:
        """Writes a line to stderr."""
        http.server.BaseHTTPRequestHandler.log_message(self, message, *args)


class _Server(serving.ThreadedWSGIServer):
    """Answers a bounded number of requests at the same time, and refuses others."""

    # Some seconds of connections that wait to be refused or answered.
    request_queue_size = 2 * _MAX_CONNECTIONS

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self._free = threading.Semaphore(_MAX_CONNECTIONS)

    def process_request(self, request: Any, client_address: Any) -> None:
        """Starts a thread for a connection, or refuses it."""
        if self._free.acquire(blocking=False):
            super().process_request(request, client_address)
        else:
            _refuse(request)
            self.shutdown_request(request)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        """Answers a connection in its thread."""
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._free.release()


def _refuse(request: socket.socket) -> None:
    """Sends a short refusal to a client, if it takes it at once."""
    sentence = _BUSY.format(_MAX_CONNECTIONS)
    head = (
        "HTTP/1.1 503 Service Unavailable\r\n"
        "Content-Type: text/plain; charset=utf-8\r\n"
        f"Content-Length: {len(sentence)}\r\n"
        "Cache-Control: no-store\r\nRetry-After: 1\r\nConnection: close\r\n\r\n"
    )
    request.setblocking(False)
    try:
        request.send((head + sentence).encode())
        request.recv(2**16)  # Unread data would make the client lose the refusal.
    except OSError:
        pass


def listen(folder: str, host: str, port: int) -> serving.BaseWSGIServer:
    """Returns a server that listens; its `serve_forever` answers requests.

    Args:
      folder: the folder that `efficientnet-hub build` publishes to.
      host: the name or the IPv4 address to listen at.
      port: the port to listen at, up to 65535; 0 for any that is free.

    Raises:
      errors.InputError: if there is no such folder, the host is not this machine, or
        the port is not available.
    """
    server_arguments.check_folder(folder)
    server_arguments.check_port(port)
    server_arguments.check_host(host)
    try:
        # werkzeug exits the program if it cannot bind a socket itself.
        with _bind(host, port) as bound:
            return _Server(
                host,
                port,
                application.create(folder),
                _RequestHandler,
                fd=bound.fileno(),
            )
    except (OSError, UnicodeError) as error:
        if (
            isinstance(error, (socket.gaierror, UnicodeError))
            or error.errno == errno.EADDRNOTAVAIL
        ):
            raise errors.InputError(
                f"host must be an address of this machine, found '{host}' "
                f"({getattr(error, 'strerror', None) or error}): is it mistyped?"
            ) from error
        raise errors.InputError(
            f"port {port} of '{host}' must be a free port of this machine, found: "
            f"{error.strerror}"
        ) from error


def _bind(host: str, port: int) -> socket.socket:
    """Returns a socket that listens at an address."""
    bound = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        # Otherwise a port is taken for a minute after a server ends.
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind((host, port))
        bound.listen(_Server.request_queue_size)
    except BaseException:
        bound.close()
        raise
    return bound
