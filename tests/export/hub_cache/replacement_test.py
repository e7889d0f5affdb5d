"""A module takes the place of another one in one step, or the other comes back."""

from __future__ import annotations

import os
import pathlib

import pytest

from efficientnet_hub.export.hub_cache import replacement, stored_module
from efficientnet_hub.tests.export.storage import file_systems


@pytest.fixture(name="stored")
def _stored(tmp_path) -> stored_module.StoredModule:
    """The place of an old module in a cache, with a new one beside it."""
    (tmp_path / "cache" / "staging" / "module").mkdir(parents=True)
    (tmp_path / "cache" / "staging" / "module" / "version").write_text("new")
    stored = stored_module.at(str(tmp_path / "cache"), "https://tfhub.dev/a/b/1")
    os.mkdir(stored.folder)
    pathlib.Path(stored.folder, "version").write_text("old")
    return stored


@pytest.fixture(name="staged")
def _staged(tmp_path) -> str:
    return str(tmp_path / "cache" / "staging" / "module")


def _version(stored: stored_module.StoredModule) -> str:
    return pathlib.Path(stored.folder, "version").read_text()


@pytest.mark.parametrize("can_exchange", [True, False])
def test_the_new_module_replaces_the_old_one(can_exchange, stored, staged, monkeypatch):
    if not can_exchange:
        file_systems.without_renameat2(monkeypatch)

    replacement.put(staged, stored)

    assert _version(stored) == "new"
    assert not os.path.exists(stored.aside)


def test_the_old_module_comes_back_if_the_new_one_cannot_be_moved(
    stored, staged, monkeypatch
):
    file_systems.without_renameat2(monkeypatch)
    rename = os.rename

    def fail(source, destination):
        if source == staged:
            raise OSError(5, "Input/output error", source)
        rename(source, destination)

    monkeypatch.setattr(os, "rename", fail)
    with pytest.raises(OSError, match="Input/output error"):
        replacement.put(staged, stored)

    assert _version(stored) == "old"
    assert not os.path.exists(stored.aside)


def test_the_old_module_comes_back_after_a_kill_between_the_renames(stored):
    os.rename(stored.folder, stored.aside)

    replacement.restore(stored)

    assert _version(stored) == "old"


def test_what_was_moved_aside_is_removed_if_the_new_module_is_there(stored, staged):
    os.rename(stored.folder, stored.aside)
    os.rename(staged, stored.folder)

    replacement.restore(stored)

    assert _version(stored) == "new"
    assert not os.path.exists(stored.aside)
