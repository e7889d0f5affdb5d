"""An archive behind a plain file server is a module that hub loads."""

from __future__ import annotations

import functools
import http.server
import threading

import numpy as np
import pytest
import tensorflow.compat.v1 as tf

from efficientnet_hub import dependencies
from efficientnet_hub.export import archive
from efficientnet_hub.tests.export.verification import spoiling

_HANDLE = "google/efficientnet/b2/classification/1"


@pytest.fixture
def address(tmp_path, monkeypatch) -> str:
    """Where Python's own server gives away a folder with the archive in it."""
    monkeypatch.setenv("TFHUB_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setenv("no_proxy", "localhost")
    path = tmp_path / "www" / _HANDLE
    path.parent.mkdir(parents=True)
    archive.write_archive(spoiling.write(tmp_path / "module"), str(path))
    handler = functools.partial(
        http.server.SimpleHTTPRequestHandler, directory=str(tmp_path / "www")
    )
    with http.server.ThreadingHTTPServer(("localhost", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield "http://localhost:%d/%s" % (server.server_address[1], _HANDLE)
        server.shutdown()


def test_hub_module_loads_it_by_its_address(address):
    hub = dependencies.tensorflow_hub_with_module()
    with tf.Graph().as_default(), tf.Session() as session:
        logits = hub.Module(address)(np.zeros([1, 64, 64, 3], np.float32))
        session.run(tf.global_variables_initializer())
        assert np.isfinite(session.run(logits)).all()
