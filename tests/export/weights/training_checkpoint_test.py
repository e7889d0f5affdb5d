"""A training does not resume from a checkpoint that is damaged or elsewhere."""

from __future__ import annotations

import os
import pathlib
import shutil

import pytest

from efficientnet_hub import errors
from efficientnet_hub.export.weights import training_checkpoint


@pytest.fixture(name="folder")
def _folder(trained, tmp_path) -> pathlib.Path:
    """A folder with a checkpoint and the file that names it, by its full path."""
    folder = tmp_path / "training"
    shutil.copytree(str(pathlib.Path(trained.prefix).parent), str(folder))
    _name_newest(folder, folder / pathlib.Path(trained.prefix).name)
    return folder


def _name_newest(folder, prefix) -> None:
    text = f'model_checkpoint_path: "{prefix}"\n'
    (folder / "checkpoint").write_text(text)


def _refusal(folder) -> str:
    with pytest.raises(errors.InputError) as caught:
        training_checkpoint.check(str(folder))
    assert str(folder) in str(caught.value)
    return str(caught.value)


def test_a_sound_checkpoint_is_accepted(folder, trained, monkeypatch):
    training_checkpoint.check(str(folder))
    monkeypatch.chdir(folder.parent)
    _name_newest(folder, pathlib.Path(trained.prefix).name)
    training_checkpoint.check(folder.name)


def test_a_folder_without_a_checkpoint_is_accepted(tmp_path):
    training_checkpoint.check(str(tmp_path))
    training_checkpoint.check(str(tmp_path / "none"))


@pytest.mark.parametrize("content", [b"", b"\xff", b"model_checkpoint_path"])
def test_a_damaged_file_checkpoint_is_refused(content, folder):
    (folder / "checkpoint").write_bytes(content)

    assert "found no name" in _refusal(folder)


@pytest.mark.parametrize("prefix", ["../other/m", "/elsewhere/m"])
def test_a_checkpoint_elsewhere_is_refused(prefix, folder):
    _name_newest(folder, prefix)

    assert f"found '{prefix}'" in _refusal(folder)


def test_a_damaged_index_is_refused(folder, trained):
    index = folder / (pathlib.Path(trained.prefix).name + ".index")
    os.truncate(index, 100)

    assert "must be whole" in _refusal(folder)
