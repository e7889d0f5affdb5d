"""tensorflow_hub finds an installed module without a network, and nothing is lost."""

from __future__ import annotations

import os
import pathlib
import re
import shutil
import socket
import subprocess
import sys
import threading
import time

import pytest

from efficientnet_hub import errors
from efficientnet_hub.export.hub_cache import download_lock, installation, listing
from efficientnet_hub.export.storage import renames

_SHA1 = "caa8940e0a3a0154375d13064820dda992e11a17"  # Of the handle of `conftest.py`.


def _read_all(folder) -> dict[str, bytes]:
    """Returns the content of each file below a folder, by its path."""
    root = pathlib.Path(folder)
    files = [path for path in root.rglob("*") if path.is_file()]
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in files}


def _refusal(install, *arguments, **options) -> str:
    with pytest.raises(errors.InputError) as caught:
        install(*arguments, **options)
    assert "\n" not in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize("kind", ["directory", "archive"])
def test_tensorflow_hub_finds_the_module(kind, module, handle, cache, install, resolve):
    installed = install(getattr(module, kind))

    assert installed.outcome == "installed"
    assert resolve(handle) == installed.folder == os.path.join(cache, _SHA1)
    assert _read_all(installed.folder) == _read_all(module.directory)
    assert installed.bytes == sum(map(len, _read_all(module.directory).values()))
    assert sorted(os.listdir(cache)) == [_SHA1, _SHA1 + ".descriptor.txt"]


def test_another_handle_is_not_found(handle, install, resolve):
    install()

    for other in (handle + "/", handle + "?tf-hub-format=compressed", handle[:-1]):
        with pytest.raises(OSError):
            resolve(other)


def test_the_descriptor_is_the_one_of_tensorflow_hub(handle, cache, install):
    install()

    descriptor = pathlib.Path(cache, _SHA1 + ".descriptor.txt").read_text()
    assert re.fullmatch(
        rf"Module: {re.escape(handle)}\nDownload Time: [\d.: -]+\n"
        r"Downloader Hostname: \S+ \(PID:\d+\)",
        descriptor,
    )


def test_other_users_may_read_the_module(install):
    installed = install()
    mask = os.umask(0)
    os.umask(mask)

    for path in pathlib.Path(installed.folder).rglob("*"):
        allowed = 0o777 if path.is_dir() else 0o666
        assert path.stat().st_mode & 0o777 == allowed & ~mask


def test_the_same_module_is_not_installed_twice(module, cache, install):
    folder = install(module.archive).folder
    before = os.stat(folder).st_ino, _read_all(cache)

    again = install(module.directory)

    assert again.outcome == "unchanged"
    assert (os.stat(folder).st_ino, _read_all(cache)) == before


def test_another_module_is_replaced_only_with_overwrite(
    module, other, handle, install, resolve
):
    install(other)
    before = _read_all(resolve(handle))

    assert "found one in" in _refusal(install)
    assert _read_all(resolve(handle)) == before
    assert install(overwrite=True).outcome == "replaced"
    assert _read_all(resolve(handle)) == _read_all(module.directory)


def test_a_module_that_tensorflow_hub_downloaded_is_kept(
    module, other, handle, cache, install, resolve
):
    shutil.copytree(other, os.path.join(cache, _SHA1))
    pathlib.Path(cache, _SHA1 + ".descriptor.txt").write_text(f"Module: {handle}\nD")
    before = _read_all(cache)

    assert "give --overwrite to replace it" in _refusal(install)
    assert _read_all(cache) == before


@pytest.mark.parametrize("content", [None, b"", b"Module: https://other\n", b"\xff\0"])
def test_a_missing_or_damaged_descriptor_is_written_again(
    content, handle, cache, install
):
    install()
    descriptor = pathlib.Path(cache, _SHA1 + ".descriptor.txt")
    descriptor.unlink()
    if content is not None:
        descriptor.write_bytes(content)

    assert install().outcome == "unchanged"
    assert descriptor.read_text().startswith(f"Module: {handle}\n")


def test_an_empty_folder_is_filled(handle, cache, install, resolve):
    os.makedirs(os.path.join(cache, _SHA1))

    assert install().outcome == "installed"
    assert os.listdir(resolve(handle))


def test_the_rest_of_a_module_in_a_cleaned_folder_is_replaced(
    module, handle, cache, install, resolve
):
    folder = pathlib.Path(install().folder)
    (folder / "saved_model.pb").unlink()

    assert "give --overwrite" in _refusal(install)
    assert install(overwrite=True).outcome == "replaced"
    assert _read_all(resolve(handle)) == _read_all(module.directory)


@pytest.mark.parametrize("kind", ["file", "link", "folder", "fifo"])
def test_what_is_no_module_is_never_replaced(kind, module, cache, install, tmp_path):
    path = pathlib.Path(cache, _SHA1)
    path.parent.mkdir()
    {
        "file": lambda: path.write_text("notes"),
        "link": lambda: path.symlink_to(module.directory),
        "folder": lambda: (path / "photographs").mkdir(parents=True),
        "fifo": lambda: os.mkfifo(str(path)),
    }[kind]()

    assert "must be free or a module, found a" in _refusal(install, overwrite=True)
    assert os.listdir(cache) == [_SHA1]


@pytest.mark.parametrize("ending", [".descriptor.txt", ".manifest.json"])
def test_a_folder_in_the_place_of_a_file_is_kept(ending, cache, install):
    os.makedirs(os.path.join(cache, _SHA1 + ending))

    assert "must be a file or free, found a folder" in _refusal(install)
    assert os.listdir(cache) == [_SHA1 + ending]


def test_a_cache_in_a_module_is_refused(module, handle, tmp_path):
    copy = shutil.copytree(module.directory, str(tmp_path / "copy"))
    cache = os.path.join(copy, "cache")

    with pytest.raises(errors.InputError, match="must lie outside of other modules"):
        installation.install(module.archive, handle, cache, None, overwrite=False)
    assert not os.path.exists(cache)


# Damaged modules.


def _empty(path: pathlib.Path) -> None:
    os.truncate(str(path), 0)


def _truncate(path: pathlib.Path) -> None:
    os.truncate(str(path), path.stat().st_size // 2)


@pytest.mark.parametrize(
    ("name", "spoil", "found"),
    [
        ("saved_model.pb", pathlib.Path.unlink, "no file saved_model.pb"),
        ("saved_model.pb", _truncate, "must hold a protocol message"),
        ("saved_model.pb", _empty, "must have a graph in saved_model.pb, found none"),
        ("variables", shutil.rmtree, "no file variables/variables.index"),
        ("variables/variables.index", pathlib.Path.unlink, "no file variables/"),
        ("variables/variables.index", _truncate, "in its index"),
        ("variables/variables.data-00000-of-00001", pathlib.Path.unlink, "no file"),
        ("variables/variables.data-00000-of-00001", _truncate, "only"),
    ],
)
def test_a_damaged_module_is_refused(
    name, spoil, found, module, cache, install, tmp_path
):
    copy = pathlib.Path(shutil.copytree(module.directory, str(tmp_path / "copy")))
    spoil(copy / name)

    assert found in _refusal(install, str(copy))
    assert not os.path.exists(cache)


@pytest.mark.parametrize("kind", ["fifo", "dangling link", "link to a folder"])
def test_a_folder_with_other_things_is_refused(kind, module, cache, install, tmp_path):
    copy = pathlib.Path(shutil.copytree(module.directory, str(tmp_path / "copy")))
    path = copy / "variables" / "other"
    {
        "fifo": lambda: os.mkfifo(str(path)),
        "dangling link": lambda: path.symlink_to("nowhere"),
        "link to a folder": lambda: path.symlink_to("/"),
    }[kind]()

    assert "must have files and folders only" in _refusal(install, str(copy))
    assert not os.path.exists(cache)


@pytest.mark.parametrize("source", ["nowhere", "https://tfhub.dev/a/1", "setup.py"])
def test_what_is_no_module_is_not_installed(source, cache, install):
    assert source in _refusal(install, source)
    assert not os.path.exists(cache)


def test_links_to_files_are_followed(module, handle, install, resolve, tmp_path):
    # Bazel and caches of other libraries make folders of links.
    linked = tmp_path / "linked"
    for name in _read_all(module.directory):
        (linked / name).parent.mkdir(parents=True, exist_ok=True)
        (linked / name).symlink_to(os.path.join(module.directory, name))

    install(str(linked))

    assert not os.path.islink(os.path.join(resolve(handle), "saved_model.pb"))
    assert _read_all(resolve(handle)) == _read_all(module.directory)


def test_an_installation_beside_a_download_of_tensorflow_hub_is_refused(
    module, handle, cache, install, monkeypatch
):
    resolver = pytest.importorskip("tensorflow_hub.resolver")
    monkeypatch.setattr(download_lock, "_SECONDS_TO_WAIT", 0.2)
    os.mkdir(cache)
    folder, downloads, may_end = os.path.join(cache, _SHA1), [], threading.Event()

    def download(_, temporary):
        downloads.append(temporary)
        may_end.wait()
        shutil.copytree(module.directory, temporary, dirs_exist_ok=True)

    arguments = (handle, download, folder)
    thread = threading.Thread(target=resolver.atomic_download, args=arguments)
    thread.start()
    while not downloads:
        time.sleep(0.01)
    before = sorted(os.listdir(cache))
    try:
        assert "found the lock of a program that downloads" in _refusal(install)
        assert sorted(os.listdir(cache)) == before
    finally:
        may_end.set()
        thread.join()
    assert install().outcome == "unchanged"
    assert sorted(os.listdir(cache)) == [_SHA1, _SHA1 + ".descriptor.txt"]


def test_what_a_killed_installation_left_is_removed(module, cache, install):
    folder = install().folder
    lock = pathlib.Path(folder + ".lock")
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    lock.write_text(f"{socket.gethostname()}.{ended.pid}.0123abcd")
    staging = pathlib.Path(cache, f".{_SHA1}.staging-0123456789abcdef", "module")
    staging.mkdir(parents=True)

    assert install().outcome == "unchanged"
    assert sorted(os.listdir(cache)) == [_SHA1, _SHA1 + ".descriptor.txt"]


# Manifests.


def test_a_manifest_is_kept_beside_the_module(published, cache, install):
    path = f"{str(published)[: -len('.tar.gz')]}.manifest.json"

    install(str(published), path)

    copied = pathlib.Path(cache, _SHA1 + ".manifest.json").read_bytes()
    assert copied == pathlib.Path(path).read_bytes()
    assert install(str(published)).outcome == "unchanged"
    assert [each.manifest for each in listing.list_modules(cache)] == ["matches"]


@pytest.mark.parametrize("overwrite", [False, True])
def test_a_damaged_manifest_is_replaced(overwrite, published, cache, install):
    path = f"{str(published)[: -len('.tar.gz')]}.manifest.json"
    install(str(published), manifest=path)
    copied = pathlib.Path(cache, _SHA1 + ".manifest.json")
    copied.write_text("{}")

    installed = install(str(published), manifest=path, overwrite=overwrite)

    assert installed.outcome == "unchanged"
    assert copied.read_bytes() == pathlib.Path(path).read_bytes()


def test_a_module_that_differs_from_its_manifest_is_refused(
    published, other, cache, install
):
    path = f"{str(published)[: -len('.tar.gz')]}.manifest.json"

    refusal = _refusal(install, other, path)

    assert "must be the one of its manifest" in refusal
    assert "theirs.txt' is not a file of the module" in refusal
    assert not os.path.exists(cache)


def test_the_manifest_of_a_replaced_module_is_removed(published, other, cache, install):
    path = f"{str(published)[: -len('.tar.gz')]}.manifest.json"
    install(str(published), path)

    install(other, overwrite=True)

    assert [each.manifest for each in listing.list_modules(cache)] == ["none"]


# Failures.


@pytest.mark.parametrize(
    ("overwrite", "place", "function"),
    [
        (False, shutil, "copyfileobj"),
        (False, os, "replace"),
        (False, renames, "rename_new"),
        (True, shutil, "copyfileobj"),
        (True, os, "replace"),
        (True, renames, "exchange"),
    ],
)
def test_after_an_error_the_cache_is_as_it_was(
    overwrite, place, function, module, other, cache, install, monkeypatch
):
    if overwrite:
        install(other)
    before = _read_all(cache)

    def fail(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(place, function, fail)
    with pytest.raises(OSError, match="No space left on device"):
        install(module.directory, overwrite=overwrite)

    assert _read_all(cache) == before
