"""The development server: listens at a port and answers each request in a thread."""

from __future__ import annotations

import errno
import http.server
import os
import socket
from typing import Any

from werkzeug import serving

from ... import __version__, errors, paths
from . import application

_MAX_PORT = 2**16 - 1


class _RequestHandler(serving.WSGIRequestHandler):
    """Names this program in responses, and writes the log and errors in plain text."""

    # Of a request whose version is unreadable: its refusal needs headers too.
    default_request_version = "HTTP/1.1"
    error_content_type = "text/plain; charset=utf-8"
    error_message_format = "%(message)s\n"
    timeout = 60  # Seconds that a thread waits for a client.

    def version_string(self) -> str:
        """Returns the value of the header Server."""
        return f"efficientnet-hub/{__version__}"

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Logs a request without werkzeug's colors, which files would contain too."""
        http.server.BaseHTTPRequestHandler.log_request(self, code, size)

    def log(self, type: str, message: str, *args: Any) -> None:
        """Writes a line to stderr."""
        http.server.BaseHTTPRequestHandler.log_message(self, message, *args)


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
    paths.check("folder", folder)
    if not os.path.isdir(folder):
        found = "a file" if os.path.exists(folder) else "no folder"
        raise errors.InputError(
            f"'{folder}' must be the folder that efficientnet-hub build publishes to, "
            f"found {found}"
        )
    if not 0 <= port <= _MAX_PORT:
        raise errors.InputError(
            f"port must be from 0, for any that is free, to {_MAX_PORT}, found {port}"
        )
    try:
        # werkzeug exits the program if it cannot bind a socket itself.
        with _bind(host, port) as bound:
            return serving.make_server(
                host,
                port,
                application.create(folder),
                threaded=True,
                request_handler=_RequestHandler,
                fd=bound.fileno(),
            )
    except OSError as error:
        if isinstance(error, socket.gaierror) or error.errno == errno.EADDRNOTAVAIL:
            raise errors.InputError(
                f"host must be an address of this machine, found '{host}' "
                f"({error.strerror}): is it mistyped?"
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
        bound.listen()
    except BaseException:
        bound.close()
        raise
    return bound
