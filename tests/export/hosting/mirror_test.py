"""A mirror of tfhub.dev serves programs with its addresses, by docs/offline.md."""

from __future__ import annotations

import contextlib
import os
import pathlib
import re
import shutil
import socket
import subprocess
import sys
import threading

import pytest

from efficientnet_hub.tests import free_ports
from efficientnet_hub.tests.export.hosting import nginx_process

# A program from the time of tfhub.dev.
_PROGRAM = """\
import tensorflow as tf
import tensorflow_hub as hub

module = hub.load("https://tfhub.dev/google/efficientnet/b2/classification/1")
images = tf.zeros([2, 64, 64, 3])
print(module.signatures["default"](images=images)["default"].shape)
"""

pytestmark = pytest.mark.slow


def _openssl(folder: pathlib.Path, *arguments: str) -> None:
    subprocess.run(
        ["openssl", *arguments], cwd=str(folder), check=True, capture_output=True
    )


@pytest.fixture(scope="module", name="certificates")
def _certificates(tmp_path_factory) -> pathlib.Path:
    """A folder with an authority, and a certificate of tfhub.dev that it signed."""
    folder = tmp_path_factory.mktemp("certificates")
    key = ["-newkey", "rsa:2048", "-nodes"]
    authority = ["-x509", "-subj", "/CN=modules", "-keyout", "ca.key", "-out", "ca.crt"]
    _openssl(folder, "req", *key, *authority)
    request = ["-subj", "/CN=tfhub.dev", "-keyout", "tfhub.dev.key", "-out", "request"]
    _openssl(folder, "req", *key, *request)
    (folder / "names").write_text("subjectAltName=DNS:tfhub.dev")
    signed = ["-CA", "ca.crt", "-CAkey", "ca.key", "-CAcreateserial"]
    signed += ["-extfile", "names", "-in", "request", "-out", "tfhub.dev.crt"]
    _openssl(folder, "x509", "-req", *signed)
    return folder


def _copy(source: socket.socket, destination: socket.socket) -> None:
    with contextlib.suppress(OSError):  # One of the two ends the connection.
        for block in iter(lambda: source.recv(65536), b""):
            destination.sendall(block)
        destination.shutdown(socket.SHUT_WR)


def _connect(client: socket.socket, port: int) -> None:
    """Answers a request of CONNECT by a connection to a port of this machine."""
    asked = b""
    while b"\r\n\r\n" not in asked:
        asked += client.recv(65536)
    assert asked.startswith(b"CONNECT tfhub.dev:443 ")
    mirror = socket.create_connection(("localhost", port))
    client.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
    threading.Thread(target=_copy, args=(mirror, client), daemon=True).start()
    _copy(client, mirror)


@pytest.fixture(name="lead")
def _lead():
    """Returns a function that starts a proxy where tfhub.dev is a port."""
    listening = socket.create_server(("localhost", 0))

    def serve(port: int) -> None:
        while True:
            try:
                client, _ = listening.accept()
            except OSError:  # The test has ended.
                return
            threading.Thread(target=_connect, args=(client, port), daemon=True).start()

    def _start(port: int) -> str:
        threading.Thread(target=serve, args=(port,), daemon=True).start()
        return f"http://localhost:{listening.getsockname()[1]}"

    yield _start
    listening.close()


def test_a_program_loads_a_module_from_the_mirror(
    archive, certificates, start, lead, tmp_path
):
    published = tmp_path / "published" / "google/efficientnet/b2/classification"
    published.mkdir(parents=True)
    shutil.copy(archive, str(published / "1.tar.gz"))
    server = start(tmp_path / "published").url
    (port,) = free_ports.find(1)
    site = nginx_process.read_block("offline.md", "nginx", "server")
    site = nginx_process.replace(site, "listen 443 ssl;", f"listen {port} ssl;")
    site = nginx_process.replace(site, "/etc/nginx", str(certificates))
    site = nginx_process.replace(site, "http://localhost:8000", server)
    (tmp_path / "nginx").mkdir()

    with nginx_process.run(tmp_path / "nginx", site, port):
        environment = dict(
            os.environ,
            https_proxy=lead(port),
            SSL_CERT_FILE=str(certificates / "ca.crt"),
            TFHUB_CACHE_DIR=str(tmp_path / "cache"),
        )
        finished = subprocess.run(
            [sys.executable, "-c", _PROGRAM],
            env=environment,
            capture_output=True,
            text=True,
        )

    assert finished.stdout == "(2, 10)\n", finished.stderr
    assert any(
        re.fullmatch("[0-9a-f]{40}", name)
        for name in os.listdir(str(tmp_path / "cache"))
    )
