"""A web server on this machine, in the role of the publisher's bucket."""

from __future__ import annotations

import contextlib
import functools
import http.server
import threading
from typing import ClassVar


class Handler(http.server.SimpleHTTPRequestHandler):
    """Serves files without a log."""

    def log_message(self, *args):
        del args


class RangeHandler(Handler):
    """Serves parts of a file, and can end a connection early, see `make_handler`.

    Attributes:
      tag: the ETag of each file.
      cuts: the number of bytes to send in answer to each of the first requests.
      ranges: the header Range of each request, or None.
      total: what the answers to ranges say about the size of the file, if not its size.
    """

    tag = '"1"'
    cuts: ClassVar[list] = []
    ranges: ClassVar[list] = []
    total: int | None = None

    def do_GET(self):
        cls = type(self)
        with open(self.translate_path(self.path), "rb") as file:
            content = file.read()
        asked = self.headers["Range"]
        cls.ranges.append(asked)
        start = 0
        if asked and self.headers["If-Range"] == cls.tag:
            start = int(asked[len("bytes=") : -1])
        if start >= len(content):
            self.send_error(416)
            return
        self.send_response(206 if start else 200)
        if start:
            total = cls.total or len(content)
            self.send_header(
                "Content-Range", f"bytes {start}-{len(content) - 1}/{total}"
            )
        self.send_header("Content-Length", str(len(content) - start))
        self.send_header("Accept-Ranges", "bytes")
        self.send_header("ETag", cls.tag)
        self.end_headers()
        cut = cls.cuts.pop(0) if cls.cuts else len(content)
        self.wfile.write(content[start : start + cut])


def make_handler(**attributes):
    """Returns a `RangeHandler` with attributes of its own."""
    return type("Own", (RangeHandler,), {"cuts": [], "ranges": [], **attributes})


@contextlib.contextmanager
def serve(folder, handler=Handler):
    """Serves a folder on localhost; yields its address."""
    handler = functools.partial(handler, directory=str(folder))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        # It looks every so many seconds whether it is to end.
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
            thread.join()
