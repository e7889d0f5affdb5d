"""An archive at a module's very address is one that hub loads from any file server.

As from a bucket, where an object has its address for a name and queries are ignored.
"""

from __future__ import annotations

import functools
import http.server
import shutil
import threading

import numpy as np
import pytest

from efficientnet_hub.tests.export.hosting import module_loading

_HANDLE = "google/efficientnet/b2/classification/1"


@pytest.fixture
def address(archive, tmp_path) -> str:
    """Where Python's own server gives away a folder with the archive in it."""
    path = tmp_path / "www" / _HANDLE
    path.parent.mkdir(parents=True)
    shutil.copy(archive, str(path))
    handler = functools.partial(
        http.server.SimpleHTTPRequestHandler, directory=str(tmp_path / "www")
    )
    with http.server.ThreadingHTTPServer(("localhost", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield "http://localhost:%d/%s" % (server.server_address[1], _HANDLE)
        server.shutdown()


def test_hub_module_loads_it_by_its_address(address, empty_cache):
    logits = module_loading.logits(address, np.zeros([1, 64, 64, 3], np.float32))

    assert np.isfinite(logits).all()
