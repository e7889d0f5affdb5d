"""Only published versions and the index of a collection's folder are served."""

from __future__ import annotations

import pytest

from efficientnet_hub.export.hosting import served_files

_HANDLE = "me/lite0/classification"


@pytest.fixture
def folder(tmp_path, publish):
    """The folder of a collection with one version."""
    folder = tmp_path / "published"
    publish(folder, _HANDLE + "/1")
    return folder


def _find(folder, name: str):
    return served_files.find_file(str(folder), name)


@pytest.mark.parametrize(
    ("ending", "media_type"),
    [
        (".tar.gz", "application/gzip"),
        (".html", "text/html"),
        (".md", "text/markdown"),
        (".manifest.json", "application/json"),
        (".provenance.json", "application/json"),
    ],
)
def test_a_file_of_a_version_is_immutable(ending, media_type, folder):
    file = _find(folder, _HANDLE + "/1" + ending)

    assert file.path == str(folder / _HANDLE / ("1" + ending))
    assert file.media_type == media_type
    assert file.immutable


def test_the_index_is_not_immutable(folder):
    assert served_files.find_index(str(folder)) is None
    (folder / "index.html").write_text("modules")

    file = served_files.find_index(str(folder))

    assert file.path == str(folder / "index.html")
    assert file.media_type == "text/html"
    assert not file.immutable


@pytest.mark.parametrize(
    "name",
    [
        "report.json",
        "me/lite0/.classification/1.tar.gz",
        "me/lite0/classification/.1.tar.gz.staging-x/1.tar.gz",
        "me/lite0/classification/01.tar.gz",
        "me/lite0/classification/1.txt",
        "me/lite0/classification/1",
        "1.tar.gz",
        "../outside/me/lite0/1.tar.gz",
        "me/../me/lite0/classification/1.tar.gz",
        "/me/lite0/classification/1.tar.gz",
        "me//lite0/classification/1.tar.gz",
        "me/lite0/classification\0/1.tar.gz",
        "me/lite0/classification/1.tar.gz\n",
        "me/lite0/" + 300 * "n" + "/1.tar.gz",
    ],
)
def test_no_other_file_is_served(name, folder):
    try:
        path = folder / name.lstrip("/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("not for others")
        (path.parent / "1.tar.gz").write_text("not for others")
    except (OSError, ValueError):
        pass  # No file can have this name.

    assert _find(folder, name) is None


def test_a_version_without_an_archive_is_not_served(folder):
    (folder / _HANDLE / "1.tar.gz").unlink()

    assert _find(folder, _HANDLE + "/1.md") is None
    assert served_files.find_newest_version(str(folder), _HANDLE) is None


@pytest.mark.parametrize("linked", [_HANDLE + "/2.tar.gz", _HANDLE, "me"])
def test_a_link_out_of_the_folder_is_not_followed(linked, folder, tmp_path, publish):
    outside = tmp_path / "outside"
    publish(outside, _HANDLE + "/2")
    link = folder / linked
    if link.exists():
        link.rename(tmp_path / "aside")
    link.symlink_to(outside / linked)

    assert link.exists()
    assert _find(folder, _HANDLE + "/2.tar.gz") is None
    assert served_files.find_newest_version(str(folder), _HANDLE) in (None, 1)


def test_the_folder_itself_may_be_a_link(folder, tmp_path):
    (tmp_path / "link").symlink_to(folder)

    assert _find(tmp_path / "link", _HANDLE + "/1.md") is not None


def test_a_folder_with_the_name_of_a_file_is_not_served(folder):
    (folder / _HANDLE / "2.tar.gz").mkdir()

    assert _find(folder, _HANDLE + "/2.tar.gz") is None


def test_the_newest_version_has_the_highest_number(folder, publish):
    for version in (10, 9):
        publish(folder, f"{_HANDLE}/{version}")
    (folder / _HANDLE / "11.md").write_text("without an archive")
    (folder / _HANDLE / ".12.tar.gz").write_text("hidden")

    assert served_files.find_newest_version(str(folder), _HANDLE) == 10


@pytest.mark.parametrize("handle", ["me/lite0", "me", "", "..", "me/lite0/other"])
def test_a_handle_of_no_module_has_no_newest_version(handle, folder):
    assert served_files.find_newest_version(str(folder), handle) is None
