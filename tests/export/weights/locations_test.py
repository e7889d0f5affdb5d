"""The files that a value of `--weights` stands for, and those that reading it needs."""

from __future__ import annotations

import pathlib
import shutil
import tarfile

import pytest

from efficientnet_hub import errors
from efficientnet_hub.export.weights import locations, named_weights, source

_INDEX = "model.ckpt.index"
_DATA = "model.ckpt.data-00000-of-00001"


@pytest.fixture(name="folder")
def _folder(trained, tmp_path) -> pathlib.Path:
    """A folder with a checkpoint, its meta graph, an older checkpoint and a log."""
    folder = tmp_path / "training"
    shutil.copytree(str(pathlib.Path(trained.prefix).parent), str(folder))
    for name in (_INDEX, _DATA):
        older = name.replace("model.ckpt", "older.ckpt")
        shutil.copy(str(folder / name), str(folder / older))
    (folder / "events.log").write_text("step 1")
    assert (folder / "model.ckpt.meta").exists()
    return folder


@pytest.mark.parametrize(
    "name",
    ["model.ckpt", _INDEX, "model.ckpt.meta", _DATA, "", "."],
    ids=["prefix", "index", "meta", "data", "folder", "folder."],
)
def test_a_checkpoint_is_its_index_and_its_data(name, folder, read):
    weights = str(folder / name)

    files = locations.files_of(weights)

    assert [pathlib.Path(file) for file in files] == [folder / _INDEX, folder / _DATA]
    assert read(weights).files == source.hash_files(files)


def test_the_file_checkpoint_chooses_the_files_of_a_folder(folder):
    (folder / "checkpoint").write_text('model_checkpoint_path: "older.ckpt"\n')

    names = [pathlib.Path(file).name for file in locations.files_of(str(folder))]

    assert names == ["older.ckpt.index", "older.ckpt.data-00000-of-00001"]


def test_all_shards_of_a_checkpoint_are_its_files(folder):
    (folder / _DATA).rename(folder / "model.ckpt.data-00000-of-00002")
    (folder / "model.ckpt.data-00001-of-00002").write_bytes(b"")

    names = [
        pathlib.Path(file).name
        for file in locations.files_of(str(folder / "model.ckpt"))
    ]

    assert names == [
        _INDEX,
        "model.ckpt.data-00000-of-00002",
        "model.ckpt.data-00001-of-00002",
    ]


def test_an_archive_is_one_file(folder, tmp_path, read):
    (folder / "older.ckpt.index").unlink()
    archive = str(tmp_path / "efficientnet-b0.tar.gz")
    with tarfile.open(archive, "w:gz") as tar:
        tar.add(str(folder), "efficientnet-b0")

    assert locations.files_of(archive) == [archive]
    assert read(archive).files == source.hash_files([archive])


@pytest.mark.parametrize("name", ["b0.pth", "b0.pt", "b0.pth.tar"])
def test_a_pytorch_file_is_one_file(name, tmp_path):
    path = tmp_path / name
    path.write_bytes(b"weights")

    assert locations.files_of(str(path)) == [str(path)]


@pytest.mark.parametrize(
    "weights",
    [
        *named_weights.NAMES,
        "https://example.org/b0.pth",
        "gs://bucket/b0.tar.gz#sha256=" + "0" * 64,
    ],
)
def test_names_and_addresses_have_no_files_of_the_users(weights):
    assert locations.files_of(weights) == []


@pytest.mark.parametrize(
    "name", ["none", "none.meta", "none.pth", "none.tar.gz", "none/model.ckpt"]
)
def test_missing_files_are_refused(name, tmp_path):
    with pytest.raises(errors.InputError, match="weights must be .*, found no "):
        locations.files_of(str(tmp_path / name))


@pytest.mark.parametrize(
    "address",
    ["http://example.org/b0.pth", "https://example.org/b0", "s3://bucket/b0.pth"],
)
def test_an_address_of_another_kind_is_refused(address):
    with pytest.raises(errors.InputError, match="weights must be the address of a"):
        locations.files_of(address)
