"""nginx serves modules with the configuration of docs/hosting.md."""

from __future__ import annotations

import pathlib
import shutil
import subprocess

import numpy as np
import pytest

from efficientnet_hub.tests import free_ports
from efficientnet_hub.tests.export.hosting import module_loading, nginx_process

_HANDLE = "me/small/classification"
_ARCHIVE = f"/{_HANDLE}/10?tf-hub-format=compressed"

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module", name="folder")
def _folder(tmp_path_factory, publish, archive) -> pathlib.Path:
    """A folder with two modules and the file of their newest versions."""
    folder = tmp_path_factory.mktemp("modules")
    for versioned_handle in (_HANDLE + "/9", _HANDLE + "/10", "me/small/features/1"):
        publish(folder / "published", versioned_handle)
    shutil.copy(archive, str(folder / "published" / _HANDLE / "10.tar.gz"))
    (folder / "published" / "index.html").write_text("modules")
    (folder / "published" / "report.json").write_text("{}")
    staging = folder / "published" / "me" / "small" / ".features.staging-x"
    publish(staging, "11")
    commands = nginx_process.read_block("hosting.md", "bash", "newest.map")
    subprocess.run(["bash", "-ec", commands], cwd=str(folder), check=True)
    return folder


@pytest.fixture(scope="module", name="url")
def _url(folder) -> str:
    (port,) = free_ports.find(1)
    site = nginx_process.read_block("hosting.md", "nginx", "server")
    site = nginx_process.replace(site, "listen 80;", f"listen localhost:{port};")
    site = nginx_process.replace(site, "/srv/modules", str(folder))
    with nginx_process.run(folder, site, port):
        yield f"http://localhost:{port}"


@pytest.mark.parametrize("address", [_HANDLE, _HANDLE + "/10"])
def test_hub_loads_a_module_from_it(address, url, empty_cache):
    images = np.zeros([1, 64, 64, 3], np.float32)

    logits = module_loading.logits(f"{url}/{address}", images)

    assert np.isfinite(logits).all()


def test_an_archive_is_sent_as_it_is_and_may_be_cached_for_ever(get, archive):
    answer = get(_ARCHIVE, Accept_Encoding="gzip")

    assert answer.status == 200
    assert answer.body == pathlib.Path(archive).read_bytes()
    assert answer.headers["Content-Type"] == "application/gzip"
    assert answer.headers["Content-Encoding"] is None
    assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    again = get(_ARCHIVE, If_None_Match=answer.headers["ETag"])
    assert (again.status, again.body) == (304, b"")
    part = get(_ARCHIVE, Range="bytes=4-5", If_Range=answer.headers["ETag"])
    assert (part.status, part.body) == (206, answer.body[4:6])


@pytest.mark.parametrize(
    ("path", "content", "media_type"),
    [
        ("/", b"modules", "text/html; charset=utf-8"),
        (f"/{_HANDLE}/9", b"html of ", "text/html; charset=utf-8"),
        (f"/{_HANDLE}/9.md", b"md of ", "text/markdown; charset=utf-8"),
        (f"/{_HANDLE}/9.manifest.json", b"manifest", "application/json"),
    ],
)
def test_a_browser_gets_pages_and_other_files(path, content, media_type, get):
    answer = get(path, Accept="text/html")

    assert answer.status == 200
    assert answer.body.startswith(content)
    assert answer.headers["Content-Type"] == media_type
    assert answer.headers["Cache-Control"].endswith(
        "no-cache" if path == "/" else "immutable"
    )


@pytest.mark.parametrize(
    ("handle", "version"), [("/" + _HANDLE, 10), ("/me/small/features", 1)]
)
@pytest.mark.parametrize("query", ["", "?tf-hub-format=compressed"])
def test_a_handle_redirects_to_its_newest_version(handle, version, query, get):
    answer = get(handle + query)

    assert answer.status == 302
    assert answer.headers["Location"] == f"{handle}/{version}{query}"
    assert answer.headers["Cache-Control"] == "no-cache"


@pytest.mark.parametrize("query", ["", "?tf-hub-format=compressed"])
@pytest.mark.parametrize("path", ["/" + _HANDLE, f"/{_HANDLE}/10"])
def test_a_final_slash_redirects(path, query, get):
    answer = get(f"{path}/{query}")

    assert answer.status == 302
    assert answer.headers["Location"] == path + query
    assert answer.headers["Cache-Control"] == "no-cache"


@pytest.mark.parametrize(
    "path",
    [
        "/report.json",
        "/newest.map",
        "/me/small",
        f"/{_HANDLE}/11",
        f"/{_HANDLE}/10?tf-hub-format=uncompressed",
        "/me/small/.features.staging-x/11.md",
        "/me/small/.features.staging-x/11?tf-hub-format=compressed",
    ],
)
def test_other_paths_are_not_found(path, get):
    answer = get(path)

    assert answer.status == 404
    assert answer.headers["Cache-Control"] is None


def test_a_link_out_of_the_folder_is_not_followed(get, folder, publish, tmp_path):
    publish(tmp_path, "linked/1")
    (folder / "published" / "me" / "linked").symlink_to(tmp_path / "linked")

    assert get("/me/linked/1.md").status == 404


def test_other_methods_are_refused(get):
    assert get(_ARCHIVE, "POST").status == 405
