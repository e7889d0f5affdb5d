"""tensorflow_hub loads an archive from a file server that ignores queries.

The file's path is the module's address: in a bucket without an extension, and in the
snippets of a module's page with it.
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


@pytest.fixture(params=["", ".tar.gz"])
def address(archive, tmp_path, request) -> str:
    """The address of an archive on Python's own file server."""
    path = tmp_path / "www" / (_HANDLE + request.param)
    path.parent.mkdir(parents=True)
    shutil.copy(archive, str(path))
    handler = functools.partial(
        http.server.SimpleHTTPRequestHandler, directory=str(tmp_path / "www")
    )
    with http.server.ThreadingHTTPServer(("localhost", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://localhost:{server.server_address[1]}/{_HANDLE}{request.param}"
        server.shutdown()


def test_hub_module_loads_it_by_its_address(address, empty_cache):
    logits = module_loading.logits(address, np.zeros([1, 64, 64, 3], np.float32))

    assert np.isfinite(logits).all()
