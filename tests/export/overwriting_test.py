"""An export replaces a module only with `overwrite`, and only when it succeeds."""

from __future__ import annotations

import dataclasses
import os

import pytest

from efficientnet_hub import errors
from efficientnet_hub.export.saved_model import module_files
from efficientnet_hub.tests import cases


@pytest.fixture(name="old")
def _old(export, tmp_path):
    """A module that exists already."""
    return export(archive=str(tmp_path / "module.tar.gz"))


def test_a_module_is_not_replaced_without_overwrite(old, export, tmp_path, contents):
    before = contents(tmp_path)

    with pytest.raises(errors.InputError, match="exists already.*--overwrite"):
        export(seed=1)

    assert contents(tmp_path) == before


def test_a_module_is_replaced_with_overwrite(old, export, tmp_path, contents):
    new = export(
        seed=1, overwrite=True, archive=old.archive, output=old.directory + os.sep
    )

    assert new == dataclasses.replace(
        old, notes=new.notes, mapping=new.mapping, documentation=new.documentation
    )
    expected = export(
        seed=1,
        output=str(tmp_path / "expected" / "module"),
        archive=str(tmp_path / "expected" / "module.tar.gz"),
    )
    found = contents(tmp_path)
    for name, content in contents(os.path.dirname(expected.directory)).items():
        assert found.pop(name) == content == found.pop("expected/" + name)
    assert not found


@pytest.mark.slow
def test_an_empty_folder_may_be_replaced(export, tmp_path):
    (tmp_path / "module").mkdir()

    exported = export(overwrite=True)

    assert len(module_files.read_saved_model(exported.directory).meta_graphs) == 3


def test_bad_weights_do_not_touch_the_old_module(old, export, tmp_path, contents):
    before = contents(tmp_path)

    with pytest.raises(errors.InputError):
        export(old.card, overwrite=True)

    assert contents(tmp_path) == before


@pytest.mark.parametrize(
    ("umask", "mode"), cases.slow_after(1, [(0o027, 0o750), (0o022, 0o755)])
)
def test_permissions_follow_the_umask(umask, mode, export, tmp_path):
    before = os.umask(umask)
    try:
        export(archive=str(tmp_path / "folder" / "module.tar.gz"))
    finally:
        os.umask(before)

    for path in tmp_path.rglob("*"):
        allowed = mode if path.is_dir() else mode & 0o666
        assert path.stat().st_mode & 0o777 == allowed, path
