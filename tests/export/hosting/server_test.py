"""`serve` answers over HTTP as caches, browsers and interrupted downloads need it."""

from __future__ import annotations

import errno
import hashlib
import os
import pathlib
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.parse

import pytest

from efficientnet_hub import digests
from efficientnet_hub.export.commands import main
from efficientnet_hub.export.hosting import addresses, server
from efficientnet_hub.tests import fresh_process

_HANDLE = "me/lite0/classification"
_ARCHIVE = f"/{_HANDLE}/10?tf-hub-format=compressed"
_CONTENT = b"tar.gz of me/lite0/classification/10\n"
_SIZE = len(_CONTENT)
_TAG = f'"{hashlib.sha256(_CONTENT).hexdigest()}"'


@pytest.fixture(scope="module", name="folder")
def _folder(tmp_path_factory, publish):
    folder = tmp_path_factory.mktemp("published")
    for version in (9, 10):
        publish(folder, f"{_HANDLE}/{version}")
    (folder / "index.html").write_text("modules")
    (folder / "report.json").write_text("{}")
    return folder


@pytest.fixture(scope="module", name="url")
def _url(start, folder) -> str:
    return start(folder).url


@pytest.fixture(name="ask_here")
def _ask_here(ask):
    """Returns a function that requests a path of a server in this process."""
    servers = []

    def _ask(folder, path: str, **headers: str):
        if not servers:
            servers.append(server.listen(str(folder), "localhost", 0))
            threading.Thread(target=servers[0].serve_forever, daemon=True).start()
        return ask(f"http://localhost:{servers[0].port}", path, **headers)

    yield _ask
    servers[0].shutdown()


def _sentence(answer) -> str:
    """Returns the one sentence of a response in plain text."""
    assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert answer.headers["Cache-Control"] == "no-store"
    (sentence,) = answer.body.decode().splitlines()
    return sentence


# Published files.


def test_an_archive_is_sent_as_it_is_and_may_be_cached_for_ever(get):
    answer = get(_ARCHIVE)

    assert (answer.status, answer.body) == (200, _CONTENT)
    assert answer.headers["Content-Type"] == "application/gzip"
    assert answer.headers["Content-Length"] == str(_SIZE)
    # With an encoding, clients would unpack it.
    assert answer.headers["Content-Encoding"] is None
    assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert answer.headers["Accept-Ranges"] == "bytes"
    assert answer.headers["ETag"] == _TAG
    assert answer.headers["Server"].startswith("efficientnet-hub/")
    names = [name.lower() for name in answer.headers]
    assert len(names) == len(set(names))


@pytest.mark.parametrize(
    ("ending", "media_type"),
    [
        (".html", "text/html; charset=utf-8"),
        (".md", "text/markdown; charset=utf-8"),
        (".manifest.json", "application/json"),
        (".provenance.json", "application/json"),
    ],
)
def test_other_files_have_their_media_types(ending, media_type, get):
    answer = get(f"/{_HANDLE}/10{ending}")

    content = f"{ending[1:]} of {_HANDLE}/10\n".encode()
    assert (answer.status, answer.body) == (200, content)
    assert answer.headers["Content-Type"] == media_type
    assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"


def test_a_browser_gets_the_page(get):
    answer = get(f"/{_HANDLE}/10", Accept="text/html")

    assert (answer.status, answer.body) == (200, f"html of {_HANDLE}/10\n".encode())
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"


@pytest.mark.parametrize("path", [f"/{_HANDLE}/10", _ARCHIVE])
def test_the_response_is_the_same_for_all_clients(path, get):
    # So that caches need no Vary.
    answers = {get(path, Accept=kind).body for kind in ("text/html", "*/*", "a/b")}

    assert len(answers) == 1


def test_caches_revalidate_the_list_of_modules_each_time(get):
    answer = get("/")

    assert (answer.status, answer.body) == (200, b"modules")
    assert answer.headers["Cache-Control"] == "no-cache"


def test_a_handle_redirects_to_its_newest_version(get):
    answer = get(f"/{_HANDLE}?tf-hub-format=compressed")

    assert answer.status == 302
    assert answer.headers["Location"] == _ARCHIVE
    assert answer.headers["Cache-Control"] == "no-cache"


@pytest.mark.parametrize("path", [_ARCHIVE, "/" + _HANDLE, "/", "/nothing/there"])
def test_head_sends_the_headers_of_get(path, get):
    head, got = get(path, "HEAD"), get(path)

    def except_date(headers):
        return [(name, value) for name, value in headers.items() if name != "Date"]

    assert head.body == b""
    assert head.status == got.status
    assert except_date(head.headers) == except_date(got.headers)


def test_a_replaced_file_is_sent_with_another_tag(start, publish, ask, tmp_path):
    publish(tmp_path, _HANDLE + "/10")
    path, staged = tmp_path / _HANDLE / "10.tar.gz", tmp_path / "staged"
    staged.write_bytes(_CONTENT[::-1])
    for each in (path, staged):
        os.utime(str(each), ns=(10**18, 10**18))
    url = start(tmp_path).url
    assert ask(url, _ARCHIVE).headers["ETag"] == _TAG
    # The same size and the same time.
    staged.replace(path)

    answer = ask(url, _ARCHIVE, If_None_Match=_TAG)

    assert (answer.status, answer.body) == (200, _CONTENT[::-1])
    assert answer.headers["ETag"] == f'"{hashlib.sha256(answer.body).hexdigest()}"'


def test_the_tag_of_a_file_is_computed_once(ask_here, folder, monkeypatch, publish):
    publish(folder, "me/tagged/1")
    hashed = []

    def hash_file(path: str) -> str:
        hashed.append(pathlib.Path(path).name)
        return "0" * 64

    monkeypatch.setattr(digests, "of_file", hash_file)

    for headers in ({}, {"Range": "bytes=1-"}, {"If_None_Match": "*"}):
        answer = ask_here(folder, "/me/tagged/1.tar.gz", **headers)
        assert answer.headers["ETag"] == f'"{"0" * 64}"'

    assert hashed == ["1.tar.gz"]


# Conditions and ranges.


@pytest.mark.parametrize("tag", [_TAG, "W/" + _TAG, '"other", ' + _TAG, "*"])
def test_the_same_content_is_not_sent_again(tag, get):
    answer = get(_ARCHIVE, If_None_Match=tag)

    assert (answer.status, answer.body) == (304, b"")
    assert answer.headers["ETag"] == _TAG
    assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"


def test_content_that_has_not_changed_since_is_not_sent_again(get):
    date = get(_ARCHIVE).headers["Last-Modified"]

    assert get(_ARCHIVE, If_Modified_Since=date).status == 304
    assert get(_ARCHIVE, If_Modified_Since=date, If_None_Match=_TAG).status == 304


@pytest.mark.parametrize(
    "headers",
    [
        {"If_None_Match": '"other"'},
        {"If_None_Match": f'"{_TAG[1:9]}"'},
        {"If_Modified_Since": "Wed, 21 Oct 2015 07:28:00 GMT"},
        {"If_Modified_Since": "yesterday"},
        # Another file may have replaced this one, and be older.
        {"If_Modified_Since": "Wed, 21 Oct 2099 07:28:00 GMT"},
    ],
)
def test_other_content_is_sent(headers, get):
    assert get(_ARCHIVE, **headers).body == _CONTENT


def test_a_tag_that_must_match_but_does_not_is_refused(get):
    answer = get(_ARCHIVE, If_Match='"other"')

    assert answer.status == 412
    assert answer.headers["Cache-Control"] == "no-store"
    assert _sentence(answer) == (
        "If-Match must name the file's entity tag, found '\"other\"'"
    )
    assert get(_ARCHIVE, If_Match=_TAG).body == _CONTENT


def test_a_tag_that_differs_counts_more_than_a_date_that_matches(get):
    date = get(_ARCHIVE).headers["Last-Modified"]

    answer = get(_ARCHIVE, If_None_Match='"other"', If_Modified_Since=date)

    assert (answer.status, answer.body) == (200, _CONTENT)


@pytest.mark.parametrize(
    ("header", "part"),
    [
        ("bytes=0-0", range(0, 1)),
        ("bytes=2-4", range(2, 5)),
        ("bytes=2-", range(2, _SIZE)),
        ("bytes=2-999", range(2, _SIZE)),
        ("bytes=-3", range(_SIZE - 3, _SIZE)),
        (" Bytes = 2 - 4 ", range(2, 5)),
    ],
)
def test_a_range_is_sent_alone(header, part, get):
    answer = get(_ARCHIVE, Range=header)

    assert (answer.status, answer.body) == (206, _CONTENT[part[0] : part[-1] + 1])
    expected = f"bytes {part[0]}-{part[-1]}/{_SIZE}"
    assert answer.headers["Content-Range"] == expected
    assert answer.headers["Content-Length"] == str(len(part))
    assert answer.headers["Accept-Ranges"] == "bytes"
    assert answer.headers["ETag"] == _TAG


@pytest.mark.parametrize(
    "header",
    [
        "",
        "bytes=",
        "bytes=-",
        "bytes=4-2",
        "bytes=a-b",
        "bytes=0-1,3-4",
        "bytes=-999",
        "lines=0-1",
        f"bytes={5000 * '9'}-",
    ],
)
def test_a_header_that_is_no_single_range_gives_the_whole_file(header, get):
    answer = get(_ARCHIVE, Range=header)

    assert (answer.status, answer.body) == (200, _CONTENT)


def test_a_range_is_for_get_only(get):
    answer = get(_ARCHIVE, "HEAD", Range="bytes=2-4")

    assert (answer.status, answer.body) == (200, b"")
    assert answer.headers["Content-Length"] == str(_SIZE)


def test_a_range_of_the_same_content_is_sent(get):
    answer = get(_ARCHIVE, Range="bytes=4-", If_Range=_TAG)

    assert (answer.status, answer.body) == (206, _CONTENT[4:])


@pytest.mark.parametrize("condition", ['"other"', "W/" + _TAG, "", None])
def test_a_range_of_other_content_gives_the_whole_file(condition, get):
    if condition is None:
        # A date does not prove that the content is the same.
        condition = get(_ARCHIVE).headers["Last-Modified"]

    answer = get(_ARCHIVE, Range="bytes=4-", If_Range=condition)

    assert (answer.status, answer.body) == (200, _CONTENT)


@pytest.mark.parametrize("header", [f"bytes={_SIZE}-", "bytes=99-", "bytes=99-120"])
def test_a_range_after_the_end_is_refused(header, get):
    answer = get(_ARCHIVE, Range=header)

    assert answer.status == 416
    assert answer.headers["Content-Range"] == f"bytes */{_SIZE}"
    assert _sentence(answer) == (
        f"Range must begin within the {_SIZE} bytes of the file, found '{header}'"
    )


# Refusals.


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
def test_other_paths_are_not_found(path, get):
    answer = get(path)

    assert answer.status == 404
    assert _sentence(answer).startswith(f"'{path}' must be '/<handle>'")


def test_unpacked_modules_are_refused_with_the_reason(get):
    answer = get(f"/{_HANDLE}/10?tf-hub-format=uncompressed")

    assert answer.status == 400
    assert "published here as archives only" in _sentence(answer)


@pytest.mark.parametrize(
    "method", ["POST", "PUT", "PATCH", "DELETE", "OPTIONS", "BREW"]
)
def test_other_methods_are_refused(method, get):
    answer = get(_ARCHIVE, method)

    assert answer.status == 405
    assert answer.headers["Allow"] == "GET, HEAD"
    assert _sentence(answer) == f"the method must be GET or HEAD, found {method}"


def test_an_unreadable_file_is_reported(folder, ask_here, monkeypatch):
    def resolve(*_):
        # root, who may run this test, can read every file.
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(addresses, "resolve", resolve)

    answer = ask_here(folder, "/me/x")

    assert answer.status == 500
    assert _sentence(answer) == "'/me/x' cannot be read: Permission denied"


def test_a_malformed_request_is_refused_in_one_sentence(url):
    with socket.create_connection(_host_and_port(url)) as connection:
        connection.sendall(b"this is no request\r\n\r\n")
        answer = connection.makefile("rb").read()

    head, _, body = answer.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 400 ")
    assert b"Content-Type: text/plain" in head
    assert body.count(b"\n") == 1


def test_a_slow_client_does_not_delay_others(url, get):
    with socket.create_connection(_host_and_port(url)) as connection:
        connection.sendall(b"GET / HTTP/1.1\r\n")

        assert get("/").status == 200


def _listen(folder, monkeypatch, **limits):
    """Returns a server of this process with other limits, which answers."""
    for name, value in limits.items():
        monkeypatch.setattr(server, name, value)
    listening = server.listen(str(folder), "localhost", 0)
    threading.Thread(target=listening.serve_forever, daemon=True).start()
    return listening


def _ends(connection: socket.socket) -> bool:
    """Whether the server ends a connection within 5 seconds."""
    connection.settimeout(5)
    try:
        while connection.recv(1000):
            pass
    except ConnectionResetError:
        pass
    except socket.timeout:
        return False
    return True


def test_a_request_that_is_sent_slowly_is_dropped(folder, monkeypatch):
    listening = _listen(folder, monkeypatch, _SECONDS=0.5)
    with socket.create_connection(("localhost", listening.port)) as connection:
        connection.sendall(b"GET / HTTP/1.1\r\n")
        start = time.monotonic()
        try:
            while time.monotonic() < start + 5:
                connection.sendall(b"X-Slow: 1\r\n")  # Each in time.
                time.sleep(0.1)
        except OSError:
            pass

        assert time.monotonic() < start + 3
    listening.shutdown()


def test_a_client_that_takes_the_response_slowly_is_dropped(
    publish, tmp_path, monkeypatch
):
    publish(tmp_path, _HANDLE + "/10")
    (tmp_path / _HANDLE / "10.tar.gz").write_bytes(bytes(2**25))
    listening = _listen(
        tmp_path, monkeypatch, _SECONDS=0.5, _LEAST_BYTES_PER_SECOND=2**28
    )
    with socket.socket() as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.connect(("localhost", listening.port))
        connection.sendall(f"GET {_ARCHIVE} HTTP/1.1\r\n\r\n".encode())
        received, start = 0, time.monotonic()
        while time.monotonic() < start + 1.5:
            received += len(connection.recv(1000))
            time.sleep(0.05)

        # The rest is in the buffers of the sockets.
        assert _ends(connection)
    listening.shutdown()


def test_a_client_that_is_fast_enough_gets_everything(
    publish, tmp_path, monkeypatch, ask
):
    publish(tmp_path, _HANDLE + "/10")
    content = os.urandom(2**22)
    (tmp_path / _HANDLE / "10.tar.gz").write_bytes(content)
    listening = _listen(tmp_path, monkeypatch, _SECONDS=2)

    assert ask(f"http://localhost:{listening.port}", _ARCHIVE).body == content
    listening.shutdown()


def test_too_many_connections_are_refused_until_one_ends(folder, monkeypatch, ask):
    listening = _listen(folder, monkeypatch, _MAX_CONNECTIONS=2)
    url = f"http://localhost:{listening.port}"
    idle = [socket.create_connection(("localhost", listening.port)) for _ in range(2)]

    answer = ask(url, "/")
    idle.pop().close()
    for _ in range(50):
        later = ask(url, "/")
        if later.status == 200:
            break
        time.sleep(0.1)
    idle.pop().close()

    assert answer.status == 503
    assert "2 requests at the same time at most" in _sentence(answer)
    assert later.status == 200
    listening.shutdown()


@pytest.mark.parametrize("target", ["*", "http://localhost/"])
def test_an_address_is_answered_as_it_was_sent(target, get):
    assert get(target).status == (400 if target == "*" else 200)


# The command.


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


def test_it_logs_requests_and_ends_when_interrupted(start, folder, ask):
    serving = start(folder)
    assert ask(serving.url, "/").status == 200
    assert ask(serving.url, "/nothing").status == 404

    serving.process.send_signal(signal.SIGINT)
    _, logged = serving.process.communicate(timeout=10)

    assert serving.process.returncode == 130
    first, second, end = logged.splitlines()
    assert first.endswith('"GET / HTTP/1.1" 200 -')
    # In plain text, without colors.
    assert second.endswith('"GET /nothing HTTP/1.1" 404 -')
    assert end == "efficientnet-hub: interrupted"


def test_it_ends_when_terminated(start, folder):
    serving = start(folder)

    serving.process.send_signal(signal.SIGTERM)
    _, logged = serving.process.communicate(timeout=10)

    assert serving.process.returncode == 128 + signal.SIGTERM
    assert logged == "efficientnet-hub: ended by SIGTERM\n"


def test_it_needs_no_tensorflow():
    printed = fresh_process.run(
        "import sys\n"
        "from efficientnet_hub.export.commands import main\n"
        "from efficientnet_hub.export.hosting import server\n"
        "print({'tensorflow', 'numpy', 'google.protobuf'} & set(sys.modules))"
    )

    assert printed == "set()\n"


def test_a_missing_werkzeug_is_reported_with_its_extra(monkeypatch, capsys, folder):
    monkeypatch.setitem(sys.modules, "werkzeug", None)

    assert main.main(main.parse(["efficientnet-hub", "serve", str(folder)])) == 2

    assert capsys.readouterr().err == (
        "efficientnet-hub: error: serving modules needs the package 'werkzeug', which "
        "is missing: pip install 'efficientnet-hub[serve]'\n"
    )


def test_it_serves_this_machine_only_by_default(start, folder):
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
        connection.sendall(f"GET {_ARCHIVE} HTTP/1.1\r\n\r\n".encode())
        connection.recv(1000)
    assert ask(serving.url, _ARCHIVE).status == 200

    serving.process.send_signal(signal.SIGINT)
    _, logged = serving.process.communicate(timeout=10)

    assert "Traceback" not in logged
    assert len(logged.splitlines()) == 3


def test_a_folder_without_modules_is_noticed(start, folder, tmp_path):
    def logged(folder) -> str:
        serving = start(folder)
        serving.process.send_signal(signal.SIGINT)
        return serving.process.communicate(timeout=10)[1]

    assert logged(tmp_path).splitlines()[0] == (
        f"efficientnet-hub: note: '{tmp_path}' has no published modules: is it the "
        "--output of build?"
    )
    assert "note" not in logged(folder)


def test_a_missing_folder_is_reported(tmp_path):
    sentence = _refusal(tmp_path / "nothing")

    assert "nothing' must be the folder that efficientnet-hub build" in sentence
    assert sentence.endswith("found no folder")


def test_a_file_instead_of_a_folder_is_reported(tmp_path):
    (tmp_path / "file.txt").write_text("text")

    sentence = _refusal(tmp_path / "file.txt")

    assert "file.txt' must be the folder that efficientnet-hub build" in sentence
    assert sentence.endswith("found a file")


def test_a_taken_port_is_reported(url, folder):
    _, port = _host_and_port(url)

    sentence = _refusal(folder, f"--port={port}")

    assert f"port {port} of 'localhost' must be a free port of this machine" in sentence
    assert sentence.endswith("found: Address already in use")


@pytest.mark.parametrize("port", [-1, 65536])
def test_a_port_out_of_range_is_reported(port, folder):
    sentence = _refusal(folder, f"--port={port}")

    assert sentence.endswith(f"to 65535, found {port}")


# The second is reserved for documentation: no machine has it.
@pytest.mark.parametrize("host", ["nosuchhost.invalid", "192.0.2.1", "", "a" * 70])
def test_a_host_of_another_machine_is_reported(host, folder):
    sentence = _refusal(folder, "--port=0", f"--host={host}")

    assert f"host must be an address of this machine, found '{host}'" in sentence
