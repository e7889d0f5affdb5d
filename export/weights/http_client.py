"""Requests files by HTTP, with limits of time and of where redirects lead."""

from __future__ import annotations

import base64
import errno
import http.client
import queue
import socket
import ssl
import threading
import urllib.error
import urllib.parse
import urllib.request
from typing import IO, Any, Mapping

from . import addresses

# How long to wait for a connection and for each packet, and for the whole head of the
# answer, redirects included. In seconds.
_PACKET_SECONDS = 30.0
_HEAD_SECONDS = 120.0

_MAX_REDIRECTS = 10
# Answers that another attempt may change.
_TEMPORARY = (408, 416, 425, 429, 500, 502, 503, 504)
_CAUSES = {
    401: "does it need a login or a token?",
    403: "does it need a login or a token, or is it not public?",
    404: "is it mistyped, or was the file removed?",
    410: "was the file removed?",
}


class TransferError(Exception):
    """A file cannot be transferred.

    Attributes:
      found: what was found, for a message, e.g. 'no file there (HTTP 404)'.
      cause: the likely cause, as a question.
      is_final: whether another attempt would end in the same way.
      status: the code of the answer, None if there was none.
    """

    def __init__(
        self, found: str, cause: str, is_final: bool, status: int | None = None
    ) -> None:
        super().__init__(found)
        self.found = found
        self.cause = cause
        self.is_final = is_final
        self.status = status


class ConnectionLostError(TransferError):
    """No connection, or it ended too early."""

    def __init__(self, found: str) -> None:
        super().__init__(found, "is there a connection?", is_final=False)


def open_address(
    address: addresses.Address, headers: Mapping[str, str]
) -> http.client.HTTPResponse:
    """Requests an address, and returns the answer with its content unread.

    Raises:
      TransferError: if there is no such file, or no answer in time.
    """
    request = urllib.request.Request(address.url, headers=dict(headers))
    if address.credentials is not None:
        encoded = base64.b64encode(address.credentials.encode()).decode()
        # Another host that an answer redirects to does not get it.
        request.add_unredirected_header("Authorization", f"Basic {encoded}")
    opener = urllib.request.build_opener(_Redirects)
    try:
        return _open_in_time(opener, request)
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise describe(error) from error


def _open_in_time(
    opener: urllib.request.OpenerDirector, request: urllib.request.Request
) -> http.client.HTTPResponse:
    """Opens a request, and gives up after `_HEAD_SECONDS`.

    A timeout of a socket counts from the last byte: a server that sends one byte at a
    time never exceeds it. And looking up a name has none.
    """
    results: queue.Queue[Any] = queue.Queue()

    def open_request() -> None:
        try:
            results.put((opener.open(request, timeout=_PACKET_SECONDS), None))
        except Exception as error:  # Raised again by the thread that waits.
            results.put((None, error))

    threading.Thread(target=open_request, daemon=True).start()
    try:
        response, error = results.get(timeout=_HEAD_SECONDS)
    except queue.Empty:
        raise socket.timeout("timed out") from None
    if error is not None:
        raise error
    return response


class _Redirects(urllib.request.HTTPRedirectHandler):
    """Follows redirects that stay encrypted."""

    max_redirections = _MAX_REDIRECTS

    def redirect_request(
        self,
        req: urllib.request.Request,
        fp: IO[bytes],
        code: int,
        msg: str,
        headers: Any,
        newurl: str,
    ) -> urllib.request.Request | None:
        """See the base class."""
        target = urllib.parse.urlsplit(newurl)
        is_same_server = (target.scheme, target.netloc) == (req.type, req.host)
        if target.scheme != "https" and not is_same_server:
            raise TransferError(
                f"a redirect to '{addresses.show(newurl)}', which is not https",
                "does a login page of the network answer?",
                is_final=True,
            )
        code = 307 if code == 308 else code  # The base class may not know it.
        return super().redirect_request(req, fp, code, msg, headers, newurl)

    # Python knows this code since 3.11.
    http_error_308 = urllib.request.HTTPRedirectHandler.http_error_302


def describe(error: Exception) -> TransferError:
    """Returns the error of a transfer for an error of the system or of a library.

    The texts of the libraries are left out where they may hold the address.
    """
    if isinstance(error, urllib.error.HTTPError):
        return _describe_status(error)
    reason = error.reason if isinstance(error, urllib.error.URLError) else error
    if isinstance(reason, ssl.SSLCertVerificationError):
        return TransferError(
            f"a certificate that cannot be trusted ({reason.verify_message})",
            "does a proxy of the network answer, whose certificates SSL_CERT_FILE can "
            "name?",
            is_final=True,
        )
    if isinstance(reason, ssl.SSLError):
        name = getattr(reason, "reason", None) or type(reason).__name__
        return ConnectionLostError(f"an error of TLS ({name})")
    if isinstance(reason, socket.timeout):
        return ConnectionLostError("no answer in time")
    if isinstance(reason, socket.gaierror):
        return ConnectionLostError("no such host, or no name server that answers")
    if isinstance(reason, OSError) and reason.errno is not None:
        name = errno.errorcode.get(reason.errno, "")
        return ConnectionLostError(f"no connection ({reason.strerror or name})")
    if isinstance(reason, http.client.IncompleteRead):
        return ConnectionLostError("the end of the connection before that of the file")
    return ConnectionLostError(f"no sound answer ({type(reason).__name__})")


def _describe_status(error: urllib.error.HTTPError) -> TransferError:
    found = {404: "no file there (HTTP 404)", 410: "no file there (HTTP 410)"}.get(
        error.code, f"the answer HTTP {error.code}"
    )
    if 300 <= error.code < 400:
        return TransferError(
            f"a redirect that cannot be followed (HTTP {error.code})",
            "is the address mistyped?",
            is_final=True,
        )
    cause = _CAUSES.get(error.code, "does the server have a failure?")
    is_final = error.code not in _TEMPORARY
    return TransferError(found, cause, is_final, error.code)


def read_header(response: http.client.HTTPResponse, name: str) -> str:
    """Returns the value of a header of an answer, or ''."""
    return (response.headers.get(name) or "").strip()
