"""The WSGI application that answers requests for the files of a collection."""

from __future__ import annotations

import functools
import http
import os
from typing import TYPE_CHECKING

import werkzeug
from werkzeug import exceptions, utils
from werkzeug import http as http_dates

from ... import digests
from . import addresses, served_files

if TYPE_CHECKING:
    from _typeshed import wsgi

_METHODS = ("GET", "HEAD")

# Values of the header Cache-Control.
_KEEP = "public, max-age=31536000, immutable"
_REVALIDATE = "no-cache"
_DO_NOT_STORE = "no-store"

# Digests to keep: more than a collection has files.
_MAX_DIGESTS = 2**12


def create(folder: str) -> wsgi.WSGIApplication:
    """Returns the WSGI application for a collection.

    Args:
      folder: the folder of the collection.
    """

    @werkzeug.Request.application
    def answer(request: werkzeug.Request) -> werkzeug.Response:
        return _respond(folder, request)

    return answer


def _respond(folder: str, request: werkzeug.Request) -> werkzeug.Response:
    if request.method not in _METHODS:
        return _refuse(
            http.HTTPStatus.METHOD_NOT_ALLOWED,
            f"the method must be GET or HEAD, found {request.method}",
            {"Allow": ", ".join(_METHODS)},
        )
    # Exactly what the client sent. `request.path` is decoded, and normalizes slashes.
    address = request.environ["REQUEST_URI"]
    try:
        found = addresses.resolve(folder, address)
        if isinstance(found, addresses.Redirect):
            return _redirect(found)
        return _send(found, request)
    except addresses.AddressError as error:
        return _refuse(error.status, str(error))
    except OSError as error:
        return _refuse(
            http.HTTPStatus.INTERNAL_SERVER_ERROR,
            f"'{address}' cannot be read: {error.strerror}",
        )


def _refuse(
    status: http.HTTPStatus, sentence: str, headers: dict[str, str] | None = None
) -> werkzeug.Response:
    response = werkzeug.Response(
        sentence + "\n", status, headers, mimetype="text/plain"
    )
    response.headers["Cache-Control"] = _DO_NOT_STORE
    return response


def _redirect(redirect: addresses.Redirect) -> werkzeug.Response:
    headers = {"Location": redirect.location, "Cache-Control": _REVALIDATE}
    return werkzeug.Response(None, http.HTTPStatus.FOUND, headers)


def _send(
    file: served_files.PublishedFile, request: werkzeug.Request
) -> werkzeug.Response:
    """Returns the response with a file, a part of it, or the status Not Modified."""
    # The digest first: if the file is replaced meanwhile, new content gets an old
    # entity tag, which no longer matches anything. The reverse would be wrong.
    digest = _compute_digest(file.path)
    status = os.stat(file.path)
    if not _may_send_range(request, status.st_size):
        request.environ.pop("HTTP_RANGE", None)
    # A later date proves nothing: another file may replace this one and be older.
    if request.headers.get("If-Modified-Since") != http_dates.http_date(
        int(status.st_mtime)
    ):
        request.environ.pop("HTTP_IF_MODIFIED_SINCE", None)
    try:
        response = utils.send_file(
            file.path,
            request.environ,
            mimetype=file.media_type,
            conditional=True,
            etag=digest,
        )
    except exceptions.RequestedRangeNotSatisfiable as error:
        return _refuse(
            http.HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE,
            f"Range must begin within the {error.length} bytes of the file, found "
            f"'{request.headers['Range']}'",
            {"Content-Range": f"bytes */{error.length}"},
        )
    if response.status_code == http.HTTPStatus.PRECONDITION_FAILED:
        return _refuse(
            http.HTTPStatus.PRECONDITION_FAILED,
            f"If-Match must name the file's entity tag, found "
            f"'{request.headers['If-Match']}'",
        )
    # The server sends its own.
    response.headers.pop("Date", None)
    response.headers["Accept-Ranges"] = "bytes"
    response.headers["Cache-Control"] = _KEEP if file.immutable else _REVALIDATE
    return response


def _may_send_range(request: werkzeug.Request, size: int) -> bool:
    """Returns whether RFC 9110 lets a server answer with a part of a file.

    werkzeug responds with an error to ranges that a server should ignore, and accepts
    a date in If-Range, which does not prove that the content is the same.

    Args:
      request: the request, with or without a header Range.
      size: the size of the file in bytes.
    """
    wanted = request.range
    return (
        request.method == "GET"
        and wanted is not None
        and wanted.units == "bytes"
        and len(wanted.ranges) == 1
        and wanted.ranges[0][0] >= -size  # Negative: that many last bytes.
        and request.headers.get("If-Range", '"').startswith('"')
    )


def _compute_digest(path: str) -> str:
    """Returns the SHA-256 of a file's content, which is read once for each change."""
    status = os.stat(path)
    # The inode and the time of its change tell files apart that have the same size
    # and modification time.
    return _compute_digest_of_version(
        path, status.st_size, status.st_mtime_ns, status.st_ino, status.st_ctime_ns
    )


@functools.lru_cache(maxsize=_MAX_DIGESTS)
def _compute_digest_of_version(path: str, *_: int) -> str:
    return digests.of_file(path)
