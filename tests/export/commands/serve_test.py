"""Tests the flags of `serve`. The tests of `export/hosting` start servers."""

from __future__ import annotations

import contextlib

from efficientnet_hub.export.commands import main
from efficientnet_hub.export.hosting import server
from efficientnet_hub.tests.export.commands import program


def test_every_argument_reaches_the_server(monkeypatch, capsys):
    received = {}

    class Server(contextlib.ExitStack):
        url = "http://address/"

        def __init__(self, folder, host, port):
            super().__init__()
            received.update(folder=folder, host=host, port=port)

        def serve_forever(self):
            pass

    monkeypatch.setattr(server, "Server", Server)
    samples = {"folder": "published", "host": "0.0.0.0", "port": 8001}

    assert main.main(main.parse(program.argv("serve", samples))) == 0

    assert received == samples
    assert "http://address/" in capsys.readouterr().out
