"""A module in both formats is published completely, or not at all."""

from __future__ import annotations

import os

import pytest
import tensorflow_hub as hub

from efficientnet_hub import errors
from efficientnet_hub.export.saved_model import module_files
from efficientnet_hub.export.storage import archive_reader
from efficientnet_hub.export.writers import saved_model_format
from efficientnet_hub.tests import cases


@pytest.mark.slow
def test_both_formats_and_their_cards_are_in_one_folder(export, tmp_path):
    exported = export(format="both")

    folder = tmp_path / "module"
    written = ["hub", "hub.md", "savedmodel", "savedmodel.md"]
    assert sorted(os.listdir(str(folder))) == written
    assert exported.directory == str(folder / "hub")
    assert exported.saved_model.directory == str(folder / "savedmodel")
    assert exported.saved_model.card == str(folder / "savedmodel.md")
    assert "<!-- format: hub -->" in (folder / "hub.md").read_text()
    assert "<!-- format: saved_model_2 -->" in (folder / "savedmodel.md").read_text()


@pytest.mark.slow
def test_the_weights_are_read_once_and_are_the_same(export, trained):
    exported = export(trained.prefix, format="both", moving_averages="never")

    assert "took 0 moving averages and 64 raw values" in exported.notes[0]
    found = hub.load(exported.saved_model.directory).variables
    assert len(found) == 64
    for variable in found:
        value = trained.entries[variable.name[: -len(":0")]]
        assert (variable.numpy() == value).all()


@pytest.mark.slow
def test_hub_load_loads_the_archive(export, tmp_path):
    path = str(tmp_path / "module.tar.gz")

    exported = export(format="savedmodel", archive=path)

    with open(exported.card) as file:
        assert "<!-- asset-path: module.tar.gz -->" in file.read()
    with archive_reader.unpack(path) as unpacked:
        assert module_files.is_saved_model_2(unpacked)
        assert callable(hub.load(unpacked))


@pytest.mark.parametrize(
    ("format", "message"),
    [("keras", "found 'keras'"), ("both", "an archive must hold one module")],
)
def test_a_wrong_format_is_refused(format, message, refusal):
    assert message in refusal(format=format)  # With an archive.


@pytest.mark.parametrize("format", cases.slow_after(1, ["savedmodel", "both"]))
def test_a_failed_write_leaves_nothing_behind(format, export, tmp_path, monkeypatch):
    def fail(*args):
        raise OSError("No space left on device")

    monkeypatch.setattr(saved_model_format, "write", fail)

    with pytest.raises(OSError, match="No space"):
        export(output=str(tmp_path / "a" / "b"), format=format)

    assert os.listdir(str(tmp_path)) == []


@pytest.mark.slow
def test_an_existing_module_is_kept_without_overwrite(export, tmp_path, contents):
    export(format="savedmodel", output=str(tmp_path / "module" / "savedmodel"))
    before = contents(tmp_path)

    with pytest.raises(errors.InputError, match="savedmodel' exists already"):
        export(format="both", seed=1)
    assert contents(tmp_path) == before

    export(format="both", seed=1, overwrite=True)
    after = contents(tmp_path)
    values = "module/savedmodel/variables/variables.data-00000-of-00001"
    assert after[values] != before[values]
    assert "module/hub/tfhub_module.pb" in after
