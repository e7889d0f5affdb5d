"""Weights of PyTorch are recognized by their names and their content."""

from __future__ import annotations

import os

import pytest

from efficientnet_hub import errors
from efficientnet_hub.export.weights import pytorch_files


@pytest.mark.parametrize(
    "name", ["a.pth", "a.pt", "a.pth.tar", "a.safetensors", "missing/a.pth"]
)
def test_an_ending_of_pytorch_is_enough(name):
    assert pytorch_files.is_pytorch(name)


@pytest.mark.parametrize("name", ["model.ckpt", "pytorch_model.bin"])
@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"PK\x03\x04 a zip archive", True),
        (b"\x80\x02\x8a\x0al", True),
        (b"", False),
        (b"\x00\x00\x00\x00 a table of TensorFlow", False),
        (None, False),
    ],
)
def test_a_shared_ending_is_decided_by_the_content(name, content, expected, tmp_path):
    path = tmp_path / name
    if content is not None:
        path.write_bytes(content)

    assert pytorch_files.is_pytorch(str(path)) is expected


def test_the_prefix_of_a_checkpoint_of_tensorflow_is_none_of_pytorch(trained):
    assert not pytorch_files.is_pytorch(trained.prefix)
    assert not pytorch_files.is_pytorch(trained.prefix + ".index")
    assert not pytorch_files.is_pytorch(os.path.dirname(trained.prefix))


def test_opening_a_named_pipe_is_not_tried(tmp_path):
    os.mkfifo(str(tmp_path / "model.ckpt"))

    assert not pytorch_files.is_pytorch(str(tmp_path / "model.ckpt"))


def test_a_folder_of_the_hub_has_two_files(tmp_path):
    folder = tmp_path / "timm.pth"
    folder.mkdir()
    assert not pytorch_files.is_pytorch(str(folder))

    (folder / "pytorch_model.bin").write_bytes(b"")
    (folder / "config.json").write_bytes(b"")

    assert pytorch_files.is_pytorch(str(folder))
    assert pytorch_files.files_of(str(folder)) == [
        str(folder / "pytorch_model.bin"),
        str(folder / "config.json"),
    ]


def test_a_missing_file_is_told(tmp_path):
    with pytest.raises(errors.InputError, match="found no file at"):
        pytorch_files.files_of(str(tmp_path / "a.pth"))
    with pytest.raises(errors.InputError, match="found no model.safetensors or"):
        pytorch_files.files_of(str(tmp_path))
