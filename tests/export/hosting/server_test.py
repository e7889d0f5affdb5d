"""The program answers over HTTP as caches, browsers and broken downloads need it."""

from __future__ import annotations

import errno
import hashlib
import signal
import socket
import subprocess
import sys
import threading
import urllib.parse

import pytest

from efficientnet_hub.export.hosting import addresses, server
from efficientnet_hub.tests import fresh_process

_HANDLE = "me/lite0/classification"
_ARCHIVE = f"/{_HANDLE}/10?tf-hub-format=compressed"
_CONTENT = b"tar.gz of me/lite0/classification/10\n"
_TAG = f'"{hashlib.sha256(_CONTENT).hexdigest()}"'


@pytest.fixture(scope="module", name="folder")
def _folder(tmp_path_factory, publish):
    folder = tmp_path_factory.mktemp("published")
    for version in (9, 10):
        publish(folder, "%s/%d" % (_HANDLE, version))
    (folder / "index.html").write_text("modules")
    (folder / "report.json").write_text("{}")
    return folder


@pytest.fixture(scope="module", name="url")
def _url(start, folder) -> str:
    return start(folder).url


def _sentence(answer) -> str:
    """Returns the one sentence of an answer in plain text."""
    assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert answer.headers["Cache-Control"] == "no-store"
    (sentence,) = answer.body.decode().splitlines()
    return sentence


# What there is.


def test_an_archive_is_sent_as_it_is_and_may_be_kept_for_ever(get):
    answer = get(_ARCHIVE)

    assert (answer.status, answer.body) == (200, _CONTENT)
    assert answer.headers["Content-Type"] == "application/gzip"
    assert answer.headers["Content-Length"] == str(len(_CONTENT))
    # Else clients would unpack it on the way.
    assert answer.headers["Content-Encoding"] is None
    assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert answer.headers["Accept-Ranges"] == "bytes"
    assert answer.headers["ETag"] == _TAG


def test_a_browser_gets_the_page(get):
    answer = get(f"/{_HANDLE}/10", Accept="text/html")

    assert (answer.status, answer.body) == (200, b"html of %s/10\n" % _HANDLE.encode())
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"


@pytest.mark.parametrize("path", [f"/{_HANDLE}/10", _ARCHIVE])
def test_the_answer_is_the_same_for_all_clients(path, get):
    # So that caches need no Vary.
    answers = {get(path, Accept=kind).body for kind in ("text/html", "*/*", "a/b")}

    assert len(answers) == 1


def test_the_list_of_modules_is_asked_for_each_time(get):
    answer = get("/")

    assert (answer.status, answer.body) == (200, b"modules")
    assert answer.headers["Cache-Control"] == "no-cache"


def test_a_handle_leads_to_its_newest_version_of_now(get):
    answer = get(f"/{_HANDLE}?tf-hub-format=compressed")

    assert answer.status == 302
    assert answer.headers["Location"] == _ARCHIVE
    assert answer.headers["Cache-Control"] == "no-cache"


@pytest.mark.parametrize("path", [_ARCHIVE, "/" + _HANDLE, "/", "/nothing/there"])
def test_head_tells_what_get_would(path, get):
    asked, got = get(path, "HEAD"), get(path)

    def apart_from_date(headers):
        return [(name, value) for name, value in headers.items() if name != "Date"]

    assert asked.body == b""
    assert asked.status == got.status
    assert apart_from_date(asked.headers) == apart_from_date(got.headers)


def test_a_replaced_file_is_sent_anew(start, publish, ask, tmp_path):
    publish(tmp_path, _HANDLE + "/10")
    url = start(tmp_path).url
    assert ask(url, _ARCHIVE).headers["ETag"] == _TAG
    (tmp_path / "staged").write_bytes(_CONTENT[::-1])
    (tmp_path / "staged").replace(tmp_path / _HANDLE / "10.tar.gz")

    answer = ask(url, _ARCHIVE, If_None_Match=_TAG)

    assert (answer.status, answer.body) == (200, _CONTENT[::-1])


# Conditions and ranges.


def test_what_a_client_has_is_not_sent_again(get):
    date = get(_ARCHIVE).headers["Last-Modified"]

    for condition in ({"If_None_Match": _TAG}, {"If_Modified_Since": date}):
        answer = get(_ARCHIVE, **condition)
        assert (answer.status, answer.body) == (304, b"")
        assert answer.headers["ETag"] == _TAG
        assert answer.headers["Last-Modified"] == date


def test_a_range_is_sent_alone(get):
    answer = get(_ARCHIVE, Range="bytes=4-5")

    assert (answer.status, answer.body) == (206, _CONTENT[4:6])
    assert answer.headers["Content-Range"] == "bytes 4-5/%d" % len(_CONTENT)
    assert answer.headers["Content-Length"] == "2"
    assert answer.headers["ETag"] == _TAG


def test_a_range_of_another_content_gives_the_whole(get):
    same = get(_ARCHIVE, Range="bytes=4-", If_Range=_TAG)
    other = get(_ARCHIVE, Range="bytes=4-", If_Range='"other"')

    assert (same.status, same.body) == (206, _CONTENT[4:])
    assert (other.status, other.body) == (200, _CONTENT)


def test_a_range_behind_the_end_is_refused(get):
    answer = get(_ARCHIVE, Range="bytes=99-")

    assert answer.status == 416
    assert answer.headers["Content-Range"] == "bytes */%d" % len(_CONTENT)
    assert "the %d bytes of the file, found 'bytes=99-'" % len(_CONTENT) in _sentence(
        answer
    )


# What there is not.


@pytest.mark.parametrize(
    "path",
    [
        "/report.json",
        f"/{_HANDLE}/11",
        "/../published/me/lite0/classification/10.md",
        "/%2e%2e/%2e%2e/%2e%2e/etc/passwd",
        "/me/lite0/classification/10.md%00",
    ],
)
def test_what_is_not_published_is_not_found(path, get):
    answer = get(path)

    assert answer.status == 404
    assert _sentence(answer).startswith(f"'{path}' must be '/<handle>'")


def test_unpacked_modules_are_refused_with_the_reason(get):
    answer = get(f"/{_HANDLE}/10?tf-hub-format=uncompressed")

    assert answer.status == 400
    assert "published here as archives only" in _sentence(answer)


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
def test_other_methods_are_refused(method, get):
    answer = get(_ARCHIVE, method)

    assert answer.status == 405
    assert answer.headers["Allow"] == "GET, HEAD"
    assert _sentence(answer) == f"the method must be GET or HEAD, found {method}"


def test_a_file_that_cannot_be_read_is_told(folder, ask, monkeypatch):
    def resolve(*_):
        # Nothing that root, who may run this, could not read.
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(addresses, "resolve", resolve)
    with server.Server(str(folder), "localhost", 0) as listening:
        threading.Thread(target=listening.serve_forever, daemon=True).start()
        answer = ask(listening.url, "/me/x")
        listening.shutdown()

    assert answer.status == 500
    assert _sentence(answer) == "'/me/x' cannot be read here: Permission denied"


def test_what_is_no_request_is_told_in_one_sentence(url):
    with socket.create_connection(_host_and_port(url)) as connection:
        connection.sendall(b"this is no request\r\n\r\n")
        answer = connection.makefile("rb").read()

    head, _, body = answer.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 400 ")
    assert b"Content-Type: text/plain" in head
    assert body.count(b"\n") == 1


def test_a_slow_client_keeps_nobody_waiting(url, get):
    with socket.create_connection(_host_and_port(url)) as connection:
        connection.sendall(b"GET / HTTP/1.1\r\n")

        assert get("/").status == 200


# The program.


def _host_and_port(url: str) -> tuple:
    parts = urllib.parse.urlsplit(url)
    return parts.hostname, parts.port


def _refusal(*arguments) -> str:
    finished = subprocess.run(
        [sys.executable, "-m", "efficientnet_hub", "serve", *map(str, arguments)],
        capture_output=True,
        text=True,
    )
    assert (finished.returncode, finished.stdout) == (2, "")
    (sentence,) = finished.stderr.splitlines()
    return sentence


def test_it_says_where_it_serves_and_ends_when_interrupted(start, folder, ask):
    serving = start(folder)
    assert ask(serving.url, "/").status == 200

    serving.process.send_signal(signal.SIGINT)
    _, told = serving.process.communicate(timeout=10)

    assert serving.process.returncode == 130
    request, end = told.splitlines()
    assert '"GET / HTTP/1.1" 200' in request
    assert end == "efficientnet-hub: interrupted"


def test_it_needs_no_tensorflow():
    printed = fresh_process.run(
        "import sys\n"
        "from efficientnet_hub.export.commands import main\n"
        "from efficientnet_hub.export.hosting import server\n"
        "print({'tensorflow', 'numpy', 'google.protobuf'} & set(sys.modules))"
    )

    assert printed == "set()\n"


def test_it_serves_this_machine_alone_unless_told_otherwise(start, folder):
    host, port = _host_and_port(start(folder).url)
    assert host == "localhost"
    with pytest.raises(OSError), socket.create_connection(("127.0.0.2", port)):
        pass

    _, port = _host_and_port(start(folder, "--host=0.0.0.0").url)
    with socket.create_connection(("127.0.0.2", port)):
        pass


def test_a_client_that_goes_away_is_no_error(start, publish, ask, tmp_path):
    publish(tmp_path, _HANDLE + "/10")
    (tmp_path / _HANDLE / "10.tar.gz").write_bytes(bytes(2**24))
    serving = start(tmp_path)
    with socket.create_connection(_host_and_port(serving.url)) as connection:
        connection.sendall(b"GET %s HTTP/1.1\r\n\r\n" % _ARCHIVE.encode())
        connection.recv(1000)
    assert ask(serving.url, _ARCHIVE).status == 200

    serving.process.send_signal(signal.SIGINT)
    _, told = serving.process.communicate(timeout=10)

    assert "Traceback" not in told
    assert len(told.splitlines()) == 3


def test_a_missing_folder_is_told(tmp_path):
    sentence = _refusal(tmp_path / "nothing")

    assert "nothing' must be the folder that efficientnet-hub build" in sentence


def test_a_port_that_is_taken_is_told(url, folder):
    _, port = _host_and_port(url)

    sentence = _refusal(folder, "--port=%d" % port)

    assert (
        "port %d of 'localhost' must be a free one of this machine" % port in sentence
    )
    assert sentence.endswith("found: Address already in use")


@pytest.mark.parametrize("port", [-1, 65536])
def test_a_port_that_is_none_is_told(port, folder):
    sentence = _refusal(folder, "--port=%d" % port)

    assert sentence.endswith("to 65535, found %d" % port)


def test_a_host_that_is_not_here_is_told(folder):
    assert "port 0 of 'no.such.host'" in _refusal(
        folder, "--port=0", "--host=no.such.host"
    )
