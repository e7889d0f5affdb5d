"""Redirects, passwords, and errors of servers that downloads meet, and their limits."""

from __future__ import annotations

import http.client
import socket
import ssl
import threading
import time
import urllib.error

import pytest

from efficientnet_hub import errors
from efficientnet_hub.export.weights import (
    addresses,
    downloads,
    http_client,
    transfer,
)
from efficientnet_hub.tests.export.weights import file_server

pytestmark = pytest.mark.usefixtures("cache")


@pytest.fixture(name="folder")
def _folder(tmp_path):
    folder = tmp_path / "served"
    folder.mkdir()
    (folder / "b0.pth").write_bytes(b"PK\x03\x04 weights")
    return folder


def _fetch(text: str) -> bytes:
    with open(downloads.fetch(addresses.parse(text)), "rb") as file:
        return file.read()


def _refusal(text: str) -> str:
    with pytest.raises(errors.InputError) as caught:
        _fetch(text)
    message = str(caught.value)
    assert "\n" not in message
    assert "s3cret" not in message and "t0ken" not in message
    assert addresses.show(text) in message
    return message


def _make_handler(answer):
    """Returns a handler that answers by a function; it notes the requests."""

    class Handler(file_server.Handler):
        requests: list = []

        def do_GET(self):  # noqa: N802
            self.requests.append(self)
            if not answer(self):
                super().do_GET()

    return Handler


def _redirect(location: str, code: int = 302):
    def answer(handler) -> bool:
        if "from" not in handler.path:
            return False
        handler.send_response(code)
        handler.send_header("Location", location)
        handler.send_header("Content-Length", "0")
        handler.end_headers()
        return True

    return answer


@pytest.mark.parametrize("code", [301, 302, 303, 307, 308])
def test_a_redirect_on_the_same_server_is_followed(code, folder):
    handler = _make_handler(_redirect("/b0.pth", code))

    with file_server.serve(folder, handler) as address:
        assert _fetch(f"{address}/from/b1.pth") == b"PK\x03\x04 weights"


@pytest.mark.parametrize(
    "location",
    [
        "http://example.org/b0.pth?t0ken",
        "http://user:s3cret@example.org/b0.pth",
        "ftp://example.org/b0.pth",
        "file:///etc/passwd",
    ],
)
def test_a_redirect_without_encryption_is_refused(location, folder):
    handler = _make_handler(_redirect(location))

    with file_server.serve(folder, handler) as address:
        assert "a redirect " in _refusal(f"{address}/from/b0.pth")

    assert len(handler.requests) == 1


def test_an_encrypted_address_does_not_redirect_to_an_open_one():
    request = http_client.urllib.request.Request("https://example.org/b0.pth")

    with pytest.raises(http_client.TransferError, match="which is not https") as caught:
        http_client._Redirects().redirect_request(
            request, None, 302, "Found", {}, "http://example.org/b0.pth"
        )

    assert caught.value.is_final


def test_an_open_address_redirects_to_an_encrypted_one():
    request = http_client.urllib.request.Request("http://localhost/b0.pth")

    followed = http_client._Redirects().redirect_request(
        request, None, 308, "Found", {}, "https://example.org/b0.pth"
    )

    assert followed.full_url == "https://example.org/b0.pth"


def test_redirects_in_a_circle_are_refused(folder):
    handler = _make_handler(_redirect("/from/b0.pth"))

    with file_server.serve(folder, handler) as address:
        message = _refusal(f"{address}/from/b0.pth")

    assert "a redirect that cannot be followed" in message
    assert len(handler.requests) < 30


def test_a_password_is_sent(folder):
    handler = _make_handler(lambda handler: False)

    with file_server.serve(folder, handler) as address:
        host = address[len("http://") :]
        _fetch(f"http://user:s3cret@{host}/b0.pth?token=t0ken")

    (request,) = handler.requests
    assert request.headers["Authorization"] == "Basic dXNlcjpzM2NyZXQ="
    assert request.path == "/b0.pth?token=t0ken"


def test_a_password_is_not_sent_where_a_redirect_leads(folder):
    handler = _make_handler(_redirect("/b0.pth"))

    with file_server.serve(folder, handler) as address:
        host = address[len("http://") :]
        _fetch(f"http://user:s3cret@{host}/from/b0.pth")

    first, second = handler.requests
    assert first.headers["Authorization"] and not second.headers["Authorization"]


@pytest.mark.parametrize(
    ("status", "attempts", "found"),
    [
        (401, 1, "HTTP 401: does it need a login or a token?"),
        (403, 1, "HTTP 403: does it need a login or a token, or is it not public?"),
        (404, 1, "no file there \\(HTTP 404\\): is it mistyped"),
        (429, 3, "HTTP 429"),
        (500, 3, "HTTP 500: does the server have a failure?"),
        (204, 3, "another answer than the file \\(HTTP 204\\)"),
        (206, 3, "another answer than the file \\(HTTP 206\\)"),
    ],
)
def test_an_error_of_the_server_is_reported(status, attempts, found, folder):
    def answer(handler) -> bool:
        handler.send_response(status)
        handler.send_header("Content-Length", "0")
        handler.end_headers()
        return True

    handler = _make_handler(answer)
    with file_server.serve(folder, handler) as address:
        text = f"{address}/b0.pth?token=t0ken"
        with pytest.raises(errors.InputError, match=found):
            _fetch(text)
        handler.requests.clear()
        _refusal(text)

    assert len(handler.requests) == attempts


@pytest.mark.parametrize(
    ("error", "found"),
    [
        (socket.gaierror(-2, "Name or service not known"), "no such host"),
        (socket.timeout("timed out"), "no answer in time"),
        (ConnectionResetError(104, "Connection reset by peer"), "reset by peer"),
        (ssl.SSLError(1, "[SSL: WRONG_VERSION_NUMBER]"), "an error of TLS"),
        (http.client.BadStatusLine("t0ken"), "no sound answer"),
        (http.client.IncompleteRead(b""), "the end of the connection"),
        (ValueError("t0ken"), "no sound answer"),
    ],
)
def test_an_error_of_the_network_is_described(error, found):
    for raised in (error, urllib.error.URLError(error)):
        described = http_client.describe(raised)

        assert found in described.found
        assert "t0ken" not in described.found
        assert not described.is_final


def test_a_server_without_encryption_is_no_encrypted_one(folder):
    with file_server.serve(folder) as address:
        encrypted = address.replace("http://", "https://")
        assert "an error of TLS" in _refusal(f"{encrypted}/b0.pth")


def test_a_certificate_that_is_not_trusted_is_final():
    error = ssl.SSLCertVerificationError(1, "certificate verify failed")
    error.verify_message = "self signed certificate"

    described = http_client.describe(urllib.error.URLError(error))

    assert described.found.endswith("(self signed certificate)")
    assert "SSL_CERT_FILE" in described.cause
    assert described.is_final


# Slow servers.


@pytest.fixture(name="ending")
def _ending():
    """An event that ends the handlers of a slow server."""
    event = threading.Event()
    yield event
    event.set()


def _drip(handler, ending, content: bytes) -> bool:
    """Sends content in bytes of which each comes in time."""
    for position in range(len(content)):
        if ending.wait(0.05):
            break
        try:
            handler.wfile.write(content[position : position + 1])
        except OSError:
            break
    return True


def _wait_for_refusal(folder, ending, answer) -> str:
    """Returns the message about a server that the client soon gives up."""
    started = time.monotonic()
    with file_server.serve(folder, _make_handler(answer)) as address:
        message = _refusal(f"{address}/b0.pth")
        ending.set()
    assert time.monotonic() - started < 10
    return message


def test_a_server_that_does_not_answer_is_given_up(folder, ending, monkeypatch):
    monkeypatch.setattr(http_client, "_PACKET_SECONDS", 0.2)

    message = _wait_for_refusal(folder, ending, lambda handler: ending.wait(30))

    assert "found no answer in time" in message


def test_a_server_that_answers_byte_by_byte_is_given_up(folder, ending, monkeypatch):
    monkeypatch.setattr(http_client, "_HEAD_SECONDS", 0.3)
    head = b"HTTP/1.0 200 OK\r\nX-Long: " + b"a" * 2000

    message = _wait_for_refusal(
        folder, ending, lambda handler: _drip(handler, ending, head)
    )

    assert "found no answer in time" in message


def test_a_server_that_stops_in_a_file_is_given_up(folder, ending, monkeypatch):
    monkeypatch.setattr(http_client, "_PACKET_SECONDS", 0.2)

    def answer(handler) -> bool:
        handler.send_response(200)
        handler.send_header("Content-Length", "1000")
        handler.end_headers()
        handler.wfile.write(b"some")
        return ending.wait(30)

    message = _wait_for_refusal(folder, ending, answer)

    assert "found no answer in time" in message


def test_a_file_that_comes_byte_by_byte_is_given_up(folder, ending, monkeypatch):
    monkeypatch.setattr(transfer, "_PACE_SECONDS", 0.3)

    def answer(handler) -> bool:
        handler.send_response(200)
        handler.send_header("Content-Length", "2000")
        handler.end_headers()
        return _drip(handler, ending, b"a" * 2000)

    message = _wait_for_refusal(folder, ending, answer)

    assert " bytes in 0 seconds" in message


@pytest.mark.parametrize(
    "page", [b"<!DOCTYPE html><html>", b"\xef\xbb\xbf\r\n <HTML>", b"<?xml version"]
)
def test_a_page_is_refused_whatever_its_ending(page, folder):
    (folder / "b0.pth").write_bytes(page)

    with file_server.serve(folder) as address:
        assert "found a web page there" in _refusal(f"{address}/b0.pth")


def test_a_file_in_chunks_is_read_to_its_end(folder):
    def answer(handler) -> bool:
        handler.protocol_version = "HTTP/1.1"
        handler.send_response(200)
        handler.send_header("Transfer-Encoding", "chunked")
        handler.end_headers()
        end = b"" if "cut" in handler.path else b"0\r\n\r\n"
        handler.wfile.write(b"3\r\n\x80bc\r\n2\r\nde\r\n" + end)
        handler.close_connection = True
        return True

    with file_server.serve(folder, _make_handler(answer)) as address:
        assert _fetch(f"{address}/b0.pth") == b"\x80bcde"
        message = _refusal(f"{address}/cut.pth")

    assert "the end of the connection before that of the file" in message
