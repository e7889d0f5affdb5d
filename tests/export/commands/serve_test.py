"""Tests the flags of `serve`. The tests of `export/hosting` start servers."""

from __future__ import annotations

import contextlib

from efficientnet_hub.export.commands import main
from efficientnet_hub.export.hosting import server
from efficientnet_hub.tests.export.commands import program


def test_every_argument_reaches_the_server(monkeypatch, capsys, tmp_path):
    received = {}

    class Listening(contextlib.ExitStack):
        host, port = "address", 8001

        def serve_forever(self):
            pass

    def listen(folder, host, port):
        received.update(folder=folder, host=host, port=port)
        return Listening()

    monkeypatch.setattr(server, "listen", listen)
    samples = {"folder": str(tmp_path), "host": "0.0.0.0", "port": 8001}

    # It serves until it is interrupted.
    assert main.main(main.parse(program.argv("serve", samples))) == 130

    assert received == samples
    assert "http://address:8001/" in capsys.readouterr().out
