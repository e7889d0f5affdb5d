"""Fixtures that publish files, start servers and send requests."""

from __future__ import annotations

import collections
import http.client
import pathlib
import signal
import subprocess
import sys
import urllib.parse

import pytest

from efficientnet_hub.tests.export.hosting import answers

# A running server: its process and its URL without a final slash.
_Serving = collections.namedtuple("_Serving", "process url")
_Answer = collections.namedtuple("_Answer", "status headers body")


@pytest.fixture(scope="session")
def publish():
    """Returns a function that writes a version's files to a folder, as build does."""

    def _publish(folder: pathlib.Path, versioned_handle: str) -> None:
        stem = folder / versioned_handle
        stem.parent.mkdir(parents=True, exist_ok=True)
        for ending in (".tar.gz", ".html", ".md", ".manifest.json", ".provenance.json"):
            content = f"{ending[1:]} of {versioned_handle}\n"
            stem.with_name(stem.name + ending).write_text(content)

    return _publish


def _deliver_interrupts() -> None:
    """Lets a new process receive SIGINT, which a shell's background jobs ignore."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


@pytest.fixture(scope="session")
def start():
    """Returns a function that starts `serve`, and returns when it listens."""
    started = []

    def _start(folder, *options: str) -> _Serving:
        command = [sys.executable, "-m", "efficientnet_hub", "serve", str(folder)]
        process = subprocess.Popen(
            command + ["--port=0", *options],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            preexec_fn=_deliver_interrupts,
        )
        started.append(process)
        line = process.stdout.readline()
        (url,) = [word[:-1] for word in line.split() if word.startswith("http://")]
        return _Serving(process, url)

    yield _start
    for process in started:
        process.send_signal(signal.SIGTERM)
        process.communicate()


@pytest.fixture(scope="module")
def folder(tmp_path_factory, publish) -> pathlib.Path:
    """A folder with two versions of a module, a page and a report."""
    path = tmp_path_factory.mktemp("published")
    for version in (9, 10):
        publish(path, f"{answers.HANDLE}/{version}")
    (path / "index.html").write_text("modules")
    (path / "report.json").write_text("{}")
    return path


@pytest.fixture(scope="module")
def url(start, folder) -> str:
    """The URL of a server of the folder."""
    return start(folder).url


@pytest.fixture(scope="session")
def ask():
    """Returns a function that requests a path of a server, exactly as it is written."""

    def _ask(url: str, path: str, method: str = "GET", **headers: str) -> _Answer:
        connection = http.client.HTTPConnection(urllib.parse.urlsplit(url).netloc)
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        connection.request(method, path, headers=named)
        response = connection.getresponse()
        answer = _Answer(response.status, response.headers, response.read())
        connection.close()
        return answer

    return _ask


@pytest.fixture
def get(url, ask):
    """Returns a function that requests a path of the server at a test's `url`."""

    def _get(path: str, method: str = "GET", **headers: str) -> _Answer:
        return ask(url, path, method, **headers)

    return _get


@pytest.fixture
def empty_cache(tmp_path, monkeypatch) -> None:
    """Gives tensorflow_hub an empty cache and direct access to local servers."""
    monkeypatch.setenv("TFHUB_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setenv("no_proxy", "localhost")


@pytest.fixture(scope="session")
def archive(tmp_path_factory) -> str:
    """The archive of a small network's module."""
    from efficientnet_hub.export.storage import archive_writer
    from efficientnet_hub.tests.export.verification import spoiling

    folder = tmp_path_factory.mktemp("archive")
    path = str(folder / "small.tar.gz")
    archive_writer.write_archive(spoiling.write(folder / "small"), path)
    return path
