"""`serve` protects itself from slow and broken clients, and ends as it should."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.parse

import pytest

from efficientnet_hub.export.commands import main
from efficientnet_hub.export.hosting import server
from efficientnet_hub.tests import fresh_process
from efficientnet_hub.tests.export.hosting import answers

# Connections.


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


@pytest.mark.slow
def test_a_client_that_takes_the_response_slowly_is_dropped(
    publish, tmp_path, monkeypatch
):
    publish(tmp_path, answers.HANDLE + "/10")
    (tmp_path / answers.HANDLE / "10.tar.gz").write_bytes(bytes(2**25))
    listening = _listen(
        tmp_path, monkeypatch, _SECONDS=0.5, _LEAST_BYTES_PER_SECOND=2**28
    )
    with socket.socket() as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.connect(("localhost", listening.port))
        connection.sendall(f"GET {answers.ARCHIVE} HTTP/1.1\r\n\r\n".encode())
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
    publish(tmp_path, answers.HANDLE + "/10")
    content = os.urandom(2**22)
    (tmp_path / answers.HANDLE / "10.tar.gz").write_bytes(content)
    listening = _listen(tmp_path, monkeypatch, _SECONDS=2)

    assert ask(f"http://localhost:{listening.port}", answers.ARCHIVE).body == content
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
    assert "2 requests at the same time at most" in answers.read_sentence(answer)
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
    publish(tmp_path, answers.HANDLE + "/10")
    (tmp_path / answers.HANDLE / "10.tar.gz").write_bytes(bytes(2**24))
    serving = start(tmp_path)
    with socket.create_connection(_host_and_port(serving.url)) as connection:
        connection.sendall(f"GET {answers.ARCHIVE} HTTP/1.1\r\n\r\n".encode())
        connection.recv(1000)
    assert ask(serving.url, answers.ARCHIVE).status == 200

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
