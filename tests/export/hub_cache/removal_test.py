"""A module is removed with all that belongs to it, and nothing else."""

from __future__ import annotations

import os
import pathlib

import pytest

from efficientnet_hub import errors
from efficientnet_hub.export.hub_cache import removal


def test_a_removed_module_leaves_nothing(handle, published, cache, install):
    manifest = f"{str(published)[: -len('.tar.gz')]}.manifest.json"
    installed = install(str(published), manifest)

    removed = removal.remove(handle, cache)

    assert (removed.folder, removed.bytes) == (installed.folder, installed.bytes)
    assert os.listdir(cache) == []


def test_other_modules_stay(handle, cache, install):
    install()
    pathlib.Path(cache, "b" * 40).mkdir()

    removal.remove(handle, cache)

    assert os.listdir(cache) == ["b" * 40]


@pytest.mark.parametrize("exists", [True, False])
def test_a_module_that_is_not_there_is_refused(exists, handle, cache):
    if exists:
        os.mkdir(cache)

    with pytest.raises(errors.InputError, match="must be in the cache"):
        removal.remove(handle, cache)


def test_a_module_of_another_user_is_kept(handle, cache, install, monkeypatch):
    folder, rename = install().folder, os.rename

    def refuse(source, destination):
        if source == folder:  # Root may change all folders.
            raise PermissionError(1, "Operation not permitted", source)
        rename(source, destination)

    monkeypatch.setattr(os, "rename", refuse)

    with pytest.raises(errors.InputError, match="does it belong to another user?"):
        removal.remove(handle, cache)
    assert sorted(os.listdir(cache)) == [
        os.path.basename(folder),
        os.path.basename(folder) + ".descriptor.txt",
    ]


def test_a_folder_that_is_no_module_is_kept(handle, cache, install):
    folder = pathlib.Path(install().folder)
    pathlib.Path(f"{folder}.descriptor.txt").unlink()
    (folder / "saved_model.pb").unlink()

    with pytest.raises(errors.InputError, match="found a folder that is not a module"):
        removal.remove(handle, cache)
    assert (folder / "variables").is_dir()
