"""The list has every module in the cache, and says what is wrong with it."""

from __future__ import annotations

import os
import pathlib
import shutil

import pytest

from efficientnet_hub import errors
from efficientnet_hub.export.hub_cache import listing


def _list(cache: str) -> list[listing.ListedModule]:
    return list(listing.list_modules(cache))


def test_a_module_is_listed_with_its_handle(module, handle, cache, install):
    installed = install()

    (listed,) = _list(cache)

    assert (listed.handle, listed.folder) == (handle, installed.folder)
    assert (listed.bytes, listed.format) == (installed.bytes, "hub")
    assert (listed.manifest, listed.is_sound) == ("none", True)


def test_an_empty_cache_or_none_has_no_modules(cache):
    assert _list(cache) == []
    os.mkdir(cache)
    assert _list(cache) == []


def test_other_files_in_a_cache_are_no_modules(cache, install):
    install()
    for name in ("notes.txt", "A" * 40, "a" * 39, "a" * 40 + ".lock"):
        pathlib.Path(cache, name).write_text("")

    assert len(_list(cache)) == 1


@pytest.mark.parametrize("content", [b"", b"Module: https://b.c/1\n", b"\xff", None])
def test_a_module_without_its_descriptor_has_no_handle(content, cache, install):
    descriptor = pathlib.Path(install().folder + ".descriptor.txt")
    descriptor.unlink()
    if content is not None:
        descriptor.write_bytes(content)

    (listed,) = _list(cache)

    assert listed.handle is None


def test_a_folder_of_others_is_named_and_no_advice_that_install_refuses(cache, install):
    folder = pathlib.Path(install().folder)
    shutil.rmtree(str(folder))
    folder.with_name(folder.name + ".descriptor.txt").unlink()
    folder.mkdir()
    (folder / "note.txt").write_text("mine")

    (listed,) = _list(cache)

    found = "found a folder that is not a module: move it to another place"
    assert found in listed.damage
    with pytest.raises(errors.InputError, match="found a folder that is not a module"):
        install(overwrite=True)


def test_a_module_without_its_graph_is_damaged(cache, install):
    pathlib.Path(install().folder, "saved_model.pb").unlink()

    (listed,) = _list(cache)

    assert (listed.format, listed.is_sound) == (None, False)
    assert "did a program delete old temporary files, so that" in listed.damage


@pytest.mark.parametrize(
    ("name", "length", "found"),
    [
        ("saved_model.pb", 0, "must have a graph in saved_model.pb, found none"),
        ("saved_model.pb", 100, "must hold a protocol message"),
        ("variables/variables.index", None, "no file variables/variables.index"),
        ("variables/variables.data-00000-of-00001", 9, "only 9 bytes in"),
    ],
)
def test_a_module_with_a_part_of_its_files_is_damaged(
    name, length, found, cache, install
):
    path = pathlib.Path(install().folder, name)
    path.unlink() if length is None else os.truncate(str(path), length)

    (listed,) = _list(cache)

    assert found in listed.damage
    assert not listed.is_sound


@pytest.mark.parametrize("kind", ["text", "without variables"])
def test_a_module_of_another_publisher_is_not_called_damaged(kind, cache, install):
    folder = pathlib.Path(install().folder)
    (folder / "tfhub_module.pb").unlink()
    if kind == "text":
        (folder / "saved_model.pb").rename(folder / "saved_model.pbtxt")
    else:
        shutil.rmtree(str(folder / "variables"))
        (folder / "saved_model.pb").write_bytes(b"\x12\x00")  # An empty graph.

    (listed,) = _list(cache)

    assert (listed.damage, listed.format) == (None, "savedmodel")


def test_a_module_that_cannot_be_read_is_not_called_damaged(
    cache, install, monkeypatch
):
    folder = install().folder
    listdir, isfile = os.listdir, os.path.isfile

    def refuse(path="."):
        if path == folder:  # Root may read all folders.
            raise PermissionError(13, "Permission denied", path)
        return listdir(path)

    monkeypatch.setattr(os, "listdir", refuse)
    monkeypatch.setattr(
        os.path, "isfile", lambda path: isfile(path) and folder + "/" not in path
    )

    (listed,) = _list(cache)

    assert "that can be read, found the error 'Permission denied'" in listed.damage


@pytest.mark.parametrize("spoil", ["change", "add", "remove", "manifest", "module"])
def test_a_module_that_differs_from_its_manifest_is_found(
    spoil, published, cache, install
):
    manifest = f"{str(published)[: -len('.tar.gz')]}.manifest.json"
    folder = pathlib.Path(install(str(published), manifest).folder)
    assert _list(cache)[0].manifest == "matches"
    {
        "change": lambda: (folder / "saved_model.pb").write_bytes(b"other"),
        "add": lambda: (folder / "more").write_text(""),
        "remove": lambda: (folder / "variables" / "variables.index").unlink(),
        "manifest": lambda: pathlib.Path(f"{folder}.manifest.json").write_text("{}"),
        "module": lambda: (shutil.rmtree(str(folder)), folder.write_text("")),
    }[spoil]()

    (listed,) = _list(cache)

    assert (listed.manifest, listed.is_sound) == ("differs", False)
    assert listed.differences
