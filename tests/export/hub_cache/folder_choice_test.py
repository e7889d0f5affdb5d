"""The cache is the folder where the programs look."""

from __future__ import annotations

import os
import tempfile

import pytest

from efficientnet_hub import errors
from efficientnet_hub.export.hub_cache import folder_choice


@pytest.fixture(autouse=True)
def _variables(tmp_path, monkeypatch) -> None:
    monkeypatch.delenv("TFHUB_CACHE_DIR", raising=False)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize("variable", [None, "", "absolute", "relative"])
def test_tensorflow_hub_looks_there(variable, tmp_path, monkeypatch):
    resolver = pytest.importorskip("tensorflow_hub.resolver")
    if variable is not None:
        value = {"": "", "absolute": str(tmp_path / "a b"), "relative": "\u00e4"}
        monkeypatch.setenv("TFHUB_CACHE_DIR", value[variable])

    chosen = folder_choice.choose(None)

    expected = resolver.tfhub_cache_dir(use_temp=True)
    assert chosen.path == os.path.abspath(expected)
    assert len(chosen.warnings) == (variable != "absolute")
    assert chosen.notes == ()


def test_the_default_is_lost_when_the_machine_restarts():
    (warning,) = folder_choice.choose(None).warnings

    assert "lost when the machine restarts" in warning


def test_the_programs_need_the_variable_for_another_folder(tmp_path, monkeypatch):
    chosen = folder_choice.choose("cache")

    assert chosen.path == str(tmp_path / "cache")
    (note,) = chosen.notes
    assert note.endswith(f"TFHUB_CACHE_DIR={tmp_path}/cache")
    monkeypatch.setenv("TFHUB_CACHE_DIR", str(tmp_path / "cache"))
    assert folder_choice.choose("cache").notes == []


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("", "must be a path, found ''"),
        ("gs://bucket/cache", "found the address 'gs://bucket/cache'"),
        ("a\0b", "contains a NUL"),
        ("[lr=1]", "takes for a pattern"),
        ("file", "found a file at 'file'"),
        ("dangling", "found a link that leads nowhere at 'dangling'"),
    ],
)
def test_what_cannot_be_a_cache_is_refused(path, words, tmp_path):
    (tmp_path / "file").write_text("")
    (tmp_path / "dangling").symlink_to("nowhere")

    with pytest.raises(errors.InputError, match=words.replace("[", r"\[")):
        folder_choice.choose(path)
