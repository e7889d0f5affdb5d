"""Nothing of a collection's folder is seen but published versions and the index."""

from __future__ import annotations

import pytest

from efficientnet_hub.export.hosting import served_files

_HANDLE = "me/lite0/classification"


@pytest.fixture
def folder(tmp_path, publish):
    """A folder with a version, as `published_files` is given it."""
    folder = tmp_path / "published"
    publish(folder, _HANDLE + "/1")
    return folder


def _of_version(folder, name: str):
    return served_files.of_version(str(folder), name)


@pytest.mark.parametrize(
    ("ending", "media_type"),
    [
        (".tar.gz", "application/gzip"),
        (".html", "text/html; charset=utf-8"),
        (".md", "text/markdown; charset=utf-8"),
        (".manifest.json", "application/json"),
        (".provenance.json", "application/json"),
    ],
)
def test_a_file_of_a_version_is_seen_for_ever(ending, media_type, folder):
    file = _of_version(folder, _HANDLE + "/1" + ending)

    assert file.path == str(folder / _HANDLE / ("1" + ending))
    assert file.media_type == media_type
    assert file.immutable


def test_the_index_is_seen_and_changes(folder):
    assert served_files.index(str(folder)) is None
    (folder / "index.html").write_text("modules")

    file = served_files.index(str(folder))

    assert file.path == str(folder / "index.html")
    assert file.media_type == "text/html; charset=utf-8"
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
def test_no_other_name_is_seen_though_a_file_bears_it(name, folder):
    try:
        path = folder / name.lstrip("/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("not for others")
        (path.parent / "1.tar.gz").write_text("not for others")
    except (OSError, ValueError):
        pass  # No file can bear it.

    assert _of_version(folder, name) is None


def test_a_version_is_not_seen_before_its_archive(folder):
    (folder / _HANDLE / "1.tar.gz").unlink()

    assert _of_version(folder, _HANDLE + "/1.md") is None
    assert served_files.newest_version(str(folder), _HANDLE) is None


@pytest.mark.parametrize("linked", [_HANDLE + "/2.tar.gz", _HANDLE, "me"])
def test_a_link_out_of_the_folder_is_not_followed(linked, folder, tmp_path, publish):
    outside = tmp_path / "outside"
    publish(outside, _HANDLE + "/2")
    link = folder / linked
    if link.exists():
        link.rename(tmp_path / "aside")
    link.symlink_to(outside / linked)

    assert link.exists()
    assert _of_version(folder, _HANDLE + "/2.tar.gz") is None
    assert served_files.newest_version(str(folder), _HANDLE) in (None, 1)


def test_a_folder_may_be_a_link_itself(folder, tmp_path):
    (tmp_path / "link").symlink_to(folder)

    assert _of_version(tmp_path / "link", _HANDLE + "/1.md") is not None


def test_a_folder_that_is_named_as_a_file_is_none(folder):
    (folder / _HANDLE / "2.tar.gz").mkdir()

    assert _of_version(folder, _HANDLE + "/2.tar.gz") is None


def test_the_newest_version_is_so_by_number(folder, publish):
    for version in (10, 9):
        publish(folder, "%s/%d" % (_HANDLE, version))
    (folder / _HANDLE / "11.md").write_text("without an archive")
    (folder / _HANDLE / ".12.tar.gz").write_text("hidden")

    assert served_files.newest_version(str(folder), _HANDLE) == 10


@pytest.mark.parametrize("handle", ["me/lite0", "me", "", "..", "me/lite0/other"])
def test_what_is_no_module_has_no_newest_version(handle, folder):
    assert served_files.newest_version(str(folder), handle) is None
