"""The answer to a request over HTTP."""

from __future__ import annotations

import contextlib
import http
import http.server
import os
from typing import BinaryIO

from ... import __version__
from . import addresses, conditions, ranges, served_files

_FOR_EVER = "public, max-age=31536000, immutable"
_ASK_EACH_TIME = "no-cache"
_NEVER = "no-store"


class Handler(http.server.BaseHTTPRequestHandler):
    """Answers one request, and ends the connection, whatever else came with it.

    Of a `server.Server`.
    """

    protocol_version = "HTTP/1.1"
    # Of a request that says none it can read: its refusal has headers too.
    default_request_version = "HTTP/1.1"
    timeout = 60  # Seconds that a client may keep a thread waiting.

    def version_string(self) -> str:
        """Returns what the header Server says."""
        return "efficientnet-hub/" + __version__

    def do_GET(self) -> None:
        """Answers with what the address stands for, or why it has no answer."""
        with contextlib.ExitStack() as closing:
            try:
                found = addresses.resolve(self.server.folder, self.path)
                if isinstance(found, addresses.Redirect):
                    return self._redirect(found)
                content = closing.enter_context(open(found.path, "rb"))
            except addresses.AddressError as error:
                return self.send_error(error.status, str(error))
            except OSError as error:
                return self.send_error(
                    http.HTTPStatus.INTERNAL_SERVER_ERROR,
                    f"'{self.path}' cannot be read here: {error.strerror}",
                )
            self._send(content, found)

    # All but the content, which is sent if the method is GET.
    do_HEAD = do_GET  # noqa: N815

    def _refuse_method(self) -> None:
        self._send_sentence(
            http.HTTPStatus.METHOD_NOT_ALLOWED,
            f"the method must be GET or HEAD, found {self.command}",
            {"Allow": "GET, HEAD"},
        )

    do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = _refuse_method  # noqa: N815

    def send_error(self, code, message=None, explain=None) -> None:
        """Sends one sentence in plain text, where http.server has a page in HTML."""
        status = http.HTTPStatus(code)
        self._send_sentence(status, message or status.description, {})

    def _send_sentence(
        self, status: http.HTTPStatus, sentence: str, headers: dict
    ) -> None:
        text = (sentence + "\n").encode("utf-8", "replace")
        self._send_headers(
            status,
            {
                "Content-Type": "text/plain; charset=utf-8",
                "Content-Length": len(text),
                "Cache-Control": _NEVER,
                **headers,
            },
        )
        if self.command != "HEAD":  # None, where not even that could be read.
            self.wfile.write(text)

    def _redirect(self, redirect: addresses.Redirect) -> None:
        self._send_headers(
            http.HTTPStatus.FOUND,
            {
                "Location": redirect.location,
                "Content-Length": 0,
                "Cache-Control": _ASK_EACH_TIME,
            },
        )

    def _send(self, content: BinaryIO, file: served_files.PublishedFile) -> None:
        of_file = os.fstat(content.fileno())
        entity_tag = self.server.entity_tags.of(content)
        last_modified = self.date_time_string(int(of_file.st_mtime))
        headers = {
            "Content-Type": file.media_type,
            "Accept-Ranges": "bytes",
            "ETag": entity_tag,
            "Last-Modified": last_modified,
            "Cache-Control": _FOR_EVER if file.immutable else _ASK_EACH_TIME,
        }
        if conditions.has_it_already(self.headers, entity_tag, last_modified):
            self._send_headers(http.HTTPStatus.NOT_MODIFIED, headers)
        else:
            self._send_wanted(content, of_file.st_size, headers)

    def _send_wanted(self, content: BinaryIO, size: int, headers: dict) -> None:
        """Sends the file, or the part of it that is asked for."""
        wanted = None
        if self.command == "GET":
            header = conditions.range_header(self.headers, headers["ETag"])
            wanted = ranges.requested(header, size)
        if wanted is None:
            status, part = http.HTTPStatus.OK, range(size)
        elif wanted:
            status, part = http.HTTPStatus.PARTIAL_CONTENT, wanted
            of_all = "bytes %d-%d/%d" % (part[0], part[-1], size)
            headers = dict(headers, **{"Content-Range": of_all})
        else:
            return self._send_sentence(
                http.HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE,
                "Range must begin within the %d bytes of the file, found '%s'"
                % (size, header),
                {"Content-Range": "bytes */%d" % size},
            )
        self._send_headers(status, dict(headers, **{"Content-Length": len(part)}))
        if self.command == "GET" and part:
            self.connection.sendfile(content, part.start, len(part))

    def _send_headers(self, status: http.HTTPStatus, headers: dict) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, str(value))
        self.send_header("Connection", "close")
        self.end_headers()
