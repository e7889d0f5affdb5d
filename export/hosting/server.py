"""The development server: listens, and has each request answered."""

from __future__ import annotations

import http.server
import os
import sys

from ... import errors
from . import entity_tags, handler

_PORTS = range(2**16)


class Server(http.server.ThreadingHTTPServer):
    """Listens at a port, and answers each request in a thread of its own.

    Attributes:
      folder: of the collection.
      entity_tags: of its files.
    """

    def __init__(self, folder: str, host: str, port: int) -> None:
        """Begins to listen; `serve_forever` answers.

        Args:
          folder: that `efficientnet-hub build` publishes to.
          host: the name or the IPv4 address to listen at.
          port: from 0, for any that is free, to 65535.

        Raises:
          errors.InputError: if there is no such folder, or it cannot listen there.
        """
        if not os.path.isdir(folder):
            raise errors.InputError(
                f"'{folder}' must be the folder that efficientnet-hub build "
                "publishes to, but is none"
            )
        if port not in _PORTS:
            raise errors.InputError(
                "port must be from 0, for any that is free, to %d, found %d"
                % (_PORTS[-1], port)
            )
        self.folder = folder
        self.entity_tags = entity_tags.EntityTags()
        try:
            super().__init__((host, port), handler.Handler)
        except OSError as error:
            raise errors.InputError(
                "port %d of '%s' must be a free one of this machine, found: %s"
                % (port, host, error.strerror)
            ) from error
        self.url = "http://%s:%d/" % (host, self.server_port)

    def handle_error(self, request, client_address) -> None:
        """Tells of what went wrong; that a client went away is nothing wrong."""
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)
