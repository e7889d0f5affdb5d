"""Tests which paths are refused before anything is read or written."""

from __future__ import annotations

import os
import pathlib
import socket

import pytest

from efficientnet_hub import errors, json_files, paths
from efficientnet_hub.export.collection import yaml_nodes
from efficientnet_hub.export.saved_model import module_files
from efficientnet_hub.export.storage import archive_reader
from efficientnet_hub.export.weights import locations
from efficientnet_hub.export.weights.containers import pytorch_pickle
from efficientnet_hub.photographs import image_files
from efficientnet_hub.signatures import class_names


def test_the_home_of_the_user_is_found(monkeypatch):
    monkeypatch.setenv("HOME", "/home/me")

    assert paths.expand("~/module") == "/home/me/module"
    assert paths.expand("a/~/module") == "a/~/module"


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("m\0", "contains a NUL"),
        (os.fsdecode(b"m\xff"), "in UTF-8, found 'm\\\\udcff'"),
        (b"module", "found b'module'"),
        (7, "must be a path, found 7"),
    ],
)
def test_what_is_no_path_is_refused(path, found):
    with pytest.raises(errors.InputError, match=found) as caught:
        paths.check("output", path)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("path", ["a b", "größe", pathlib.Path("a"), "a]b", "{a}"])
def test_other_paths_are_kept(path):
    paths.check_for_tensorflow("output", path)


def test_what_waits_when_it_is_opened_is_no_file(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    os.mkfifo("pipe")
    os.symlink("pipe", "link")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind("socket")

        for path, kind in [
            ("pipe", "a named pipe"),
            ("link", "a named pipe"),
            ("socket", "a socket"),
            ("/dev/zero", "a character device"),
        ]:
            with pytest.raises(errors.InputError) as caught:
                paths.check_is_file("the list", path)
            assert str(caught.value) == (
                f"the list must be a file, found {kind}: write its content to a file "
                "first"
            )


def test_a_file_is_a_file_and_what_cannot_be_opened_is_left_to_the_reader(tmp_path):
    (tmp_path / "file").write_bytes(b"")

    for name in ("file", "missing", "file/in a file", ""):
        paths.check_is_file("the list", str(tmp_path / name))


def _read_module(path):
    folder = os.path.dirname(path)
    os.rename(path, os.path.join(folder, module_files.SAVED_MODEL_FILE))
    pathlib.Path(folder, module_files.MODULE_FILE).write_bytes(b"")
    module_files.read_saved_model(folder)


def _read_description_of_module(path):
    folder = os.path.dirname(path)
    os.rename(path, os.path.join(folder, module_files.MODULE_FILE))
    module_files.read_saved_model(folder)


@pytest.mark.parametrize(
    "read",
    [
        _read_module,
        _read_description_of_module,
        archive_reader.list_members,
        class_names.read_class_names,
        image_files.check_format,
        image_files.read,
        lambda path: json_files.read(path, "a manifest"),
        locations.files_of,
        pytorch_pickle.open_file,
        yaml_nodes.read,
    ],
)
def test_no_reader_waits_for_a_named_pipe(read, tmp_path):
    path = str(tmp_path / "pipe.pth")
    os.mkfifo(path)

    with pytest.raises(errors.InputError, match="must be a file, found a named pipe"):
        read(path)


@pytest.mark.parametrize("character", "*?[\\")
def test_a_pattern_is_refused_also_in_a_folder_above(character, tmp_path, monkeypatch):
    folder = tmp_path / f"a{character}b"
    folder.mkdir()
    monkeypatch.chdir(folder)

    for path in ("module", str(folder / "module")):
        with pytest.raises(errors.InputError, match="takes for a pattern"):
            paths.check_for_tensorflow("output", path)
