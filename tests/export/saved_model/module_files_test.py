"""A module's files are read, or refused with a sentence."""

from __future__ import annotations

import pathlib
import shutil

import pytest

from efficientnet_hub import errors
from efficientnet_hub.export.saved_model import module_files


@pytest.fixture(name="copy")
def _copy(module, tmp_path) -> pathlib.Path:
    return pathlib.Path(shutil.copytree(module.directory, str(tmp_path / "copy")))


def _refusal(folder) -> str:
    with pytest.raises(errors.InputError) as caught:
        module_files.read_saved_model(str(folder))
    assert "\n" not in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize("name", ["tfhub_module.pb", "saved_model.pb"])
def test_a_directory_without_a_file_is_refused(name, copy):
    (copy / name).unlink()

    assert f"found no file {name} in it" in _refusal(copy)


def test_the_folder_around_a_module_is_refused_with_the_name_of_the_module(copy):
    message = _refusal(copy.parent)

    assert "no file tfhub_module.pb in it, but in 'copy': is the module that" in message


@pytest.mark.parametrize("name", ["tfhub_module.pb", "saved_model.pb"])
@pytest.mark.parametrize("spoil", [lambda content: content[:-1], lambda _: b"\xff"])
def test_a_damaged_file_is_refused(spoil, name, copy):
    (copy / name).write_bytes(spoil((copy / name).read_bytes()))

    assert name + "' must hold a protocol message" in _refusal(copy)


@pytest.mark.parametrize("content", [b"", b"\x08\x02"])
def test_another_format_is_refused(content, copy):
    (copy / "tfhub_module.pb").write_bytes(content)

    assert "number 3, found number" in _refusal(copy)


def test_an_error_has_the_name_that_the_user_gave(copy):
    (copy / "tfhub_module.pb").write_bytes(b"\xff")

    with pytest.raises(errors.InputError, match="^'m.tar.gz/tfhub_module.pb' must"):
        module_files.read_saved_model(str(copy), "m.tar.gz")


@pytest.mark.slow
def test_a_large_file_is_refused(copy):
    with open(str(copy / "saved_model.pb"), "wb") as file:
        file.truncate(module_files.MAX_FILE_BYTES + 1)  # It has holes, and no bytes.

    assert "must have at most 268435456 bytes, found more" in _refusal(copy)


def test_a_file_of_empty_fields_is_refused_before_it_fills_the_memory(
    copy, monkeypatch
):
    monkeypatch.setattr(module_files, "_MAX_FIELDS", 1000)
    graph = b"\x12\x00"  # An empty MetaGraphDef.
    (copy / "saved_model.pb").write_bytes(graph * 5_000_000)

    assert "must have at most 1000 fields" in _refusal(copy)


def test_a_small_file_of_empty_graphs_is_refused(copy):
    (copy / "saved_model.pb").write_bytes(b"\x12\x00" * 100)

    assert "must have at most 64 graphs, found 100" in _refusal(copy)


def test_a_file_is_refused(copy):
    assert "Not a directory" in _refusal(copy / "saved_model.pb")


def test_a_saved_model_of_tensorflow_2_is_refused_as_such(saved_model_2):
    assert module_files.is_saved_model_2(saved_model_2)
    assert "found a SavedModel of TensorFlow 2" in _refusal(saved_model_2)


def test_other_directories_are_no_saved_models_of_tensorflow_2(copy, tmp_path):
    assert not module_files.is_saved_model_2(str(copy))
    (copy / "tfhub_module.pb").unlink()
    assert not module_files.is_saved_model_2(str(copy))
    assert not module_files.is_saved_model_2(str(tmp_path / "missing"))


def test_the_graph_of_a_saved_model_of_tensorflow_2_is_read(saved_model_2, tmp_path):
    saved_model = module_files.read_saved_model_2(saved_model_2, "name")

    assert len(saved_model.meta_graphs) == 1

    (tmp_path / "saved_model_2" / "saved_model.pb").write_bytes(b"\xff")
    with pytest.raises(errors.InputError, match="'name/saved_model.pb' must hold"):
        module_files.read_saved_model_2(saved_model_2, "name")
