"""Runs nginx with a configuration of the documentation, apart from the system's."""

from __future__ import annotations

import contextlib
import os
import pathlib
import re
import shutil
import socket
import subprocess
import time
from typing import Iterator

import pytest

_DOCS = pathlib.Path(__file__).resolve().parents[3] / "docs"
# Keeps this process apart from the files and folders of the system's nginx.
_APART = """\
daemon off;
master_process off;
pid nginx.pid;
error_log stderr;
events {}
http {
    access_log off;
    client_body_temp_path body;
    proxy_temp_path proxy;
    fastcgi_temp_path fastcgi;
    uwsgi_temp_path uwsgi;
    scgi_temp_path scgi;
%s
}
"""


def read_block(page: str, language: str, word: str) -> str:
    """Returns the block of code in a page of docs/ that contains a word."""
    text = (_DOCS / page).read_text(encoding="utf-8")
    blocks = re.findall(rf"^```{language}\n(.*?)^```$", text, re.M | re.S)
    (block,) = [block for block in blocks if word in block]
    return block


def replace(text: str, old: str, new: str) -> str:
    """Replaces a part of a configuration, which must be there."""
    assert old in text
    return text.replace(old, new)


@contextlib.contextmanager
def run(folder: pathlib.Path, site: str, port: int) -> Iterator[None]:
    """Runs nginx until the end of the body.

    Args:
      folder: where to write its files.
      site: what the block `http` of the configuration contains.
      port: where it listens.
    """
    (folder / "nginx.conf").write_text(_APART % site)
    process = subprocess.Popen(
        [_find(), "-p", str(folder), "-c", str(folder / "nginx.conf")],
        stderr=subprocess.PIPE,
        universal_newlines=True,
    )
    _wait_until_it_listens(process, port)
    yield
    process.terminate()
    process.communicate()


def _find() -> str:
    # Debian has it in /usr/sbin, which is not on every user's PATH.
    found = shutil.which("nginx", path=os.environ["PATH"] + os.pathsep + "/usr/sbin")
    if found is None:
        pytest.fail("nginx is not installed: apt-get install nginx-light")
    return found


def _wait_until_it_listens(process: subprocess.Popen, port: int) -> None:
    end = time.monotonic() + 10
    while True:
        try:
            return socket.create_connection(("localhost", port)).close()
        except OSError:
            assert process.poll() is None, process.communicate()[1]
            assert time.monotonic() < end
            time.sleep(0.05)
