"""Python's own file server, with an archive at a module's address."""

import contextlib
import functools
import http.server
import os
import threading

_PATH = "google/efficientnet/b0/classification/1"


def archive_file(folder):
    """Returns where a builder puts the archive: a file of the address's very name."""
    return os.path.join(_root(folder), *_PATH.split("/"))


def _root(folder):
    return os.path.join(folder, "served")


@contextlib.contextmanager
def serving(folder):
    """Serves what a builder wrote to a folder; gives the module's address."""
    handler = functools.partial(
        http.server.SimpleHTTPRequestHandler, directory=_root(folder)
    )
    server = http.server.ThreadingHTTPServer(("localhost", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield "http://localhost:%d/%s" % (server.server_port, _PATH)
    finally:
        server.shutdown()
        server.server_close()
