"""Checkpoints are found by any of their names, and refused if they are damaged."""

from __future__ import annotations

import os
import pathlib
import tarfile
import tempfile

import numpy as np
import pytest

from efficientnet_hub.export.weights import checkpoint, size_bounds, source
from efficientnet_hub.tests import cases

_BROKEN = pathlib.Path(__file__).parents[3] / "testdata" / "checkpoints"
_DATA = ".data-00000-of-00001"
_KERNEL = "efficientnet-b0/stem/conv2d/kernel"


def _assert_same(found, expected):
    assert set(found) == set(expected)
    for name, value in expected.items():
        np.testing.assert_array_equal(found[name], value)


# Where a checkpoint is.


@pytest.mark.parametrize("end", ["", ".index", ".meta", _DATA])
def test_each_file_of_a_checkpoint_names_it(end, trained, averages, read):
    _assert_same(read(trained.prefix + end).values, averages)


@pytest.mark.parametrize("end", ["", "/"])
def test_the_file_checkpoint_says_which_one_of_a_folder_is_read(
    end, raw, read, tmp_path, write_checkpoint
):
    old = dict(raw, **{_KERNEL: 2 * raw[_KERNEL]})
    write_checkpoint(old, tmp_path, "model.ckpt-1")
    write_checkpoint(raw, tmp_path, "model.ckpt-2")
    write_checkpoint(old, tmp_path, "model.ckpt-10")
    # The path on the machine of the program.
    (tmp_path / "checkpoint").write_text(
        'model_checkpoint_path: "/cns/of/the/publisher/model.ckpt-2"\n'
        'all_model_checkpoint_paths: "/cns/of/the/publisher/model.ckpt-10"\n'
    )

    _assert_same(read(str(tmp_path) + end).values, raw)


@pytest.mark.parametrize("content", [None, b"", b"\xff\xfe", b"model_checkpoint_path"])
def test_the_only_checkpoint_of_a_folder_is_read(
    content, raw, read, tmp_path, write_checkpoint
):
    write_checkpoint(raw, tmp_path)
    if content is None:
        (tmp_path / "checkpoint").unlink()
    else:
        (tmp_path / "checkpoint").write_bytes(content)

    _assert_same(read(tmp_path).values, raw)


@pytest.mark.parametrize("names", [[], ["a", "b"]])
def test_a_folder_without_one_checkpoint_is_refused(
    names, raw, refusal, tmp_path, write_checkpoint
):
    folder = tmp_path / "checkpoints"
    folder.mkdir()
    for name in names:
        write_checkpoint(raw, folder, name)
        (folder / "checkpoint").unlink()

    assert "must hold one checkpoint" in refusal(folder)


@pytest.fixture(name="pack")
def _pack(tmp_path):
    """Returns a function that packs folders as the publisher does."""

    def pack(*folders, path=tmp_path / "efficientnet-b0.tar.gz"):
        with tarfile.open(str(path), "w:gz") as tar:
            for count, folder in enumerate(folders):
                tar.add(str(folder), f"efficientnet-b{count}")
        return path

    return pack


def test_an_archive_of_the_publishers_form_is_read(trained, averages, read, pack):
    path = pack(pathlib.Path(trained.prefix).parent)

    weights = read(path)

    _assert_same(weights.values, averages)
    assert weights.files == source.hash_files([str(path)])
    assert "checkpoint efficientnet-b0.tar.gz" in weights.provenance.source


@pytest.mark.parametrize("count", [0, 2])
def test_an_archive_without_one_folder_is_refused(count, trained, refusal, pack):
    path = pack(*count * [pathlib.Path(trained.prefix).parent])

    assert f"one folder with a checkpoint, found {count}" in refusal(path)


def test_an_archive_that_reaches_outside_is_refused(trained, refusal, tmp_path):
    path = tmp_path / "evil.tar.gz"
    with tarfile.open(str(path), "w:gz") as tar:
        tar.add(str(pathlib.Path(trained.prefix).parent), "efficientnet-b0")
        tar.add(trained.prefix + ".index", "../evil.index")

    assert "must stay in its own folder, found the member '../evil" in refusal(path)


def test_a_truncated_archive_is_refused(trained, refusal, pack):
    path = pack(pathlib.Path(trained.prefix).parent)
    path.write_bytes(path.read_bytes()[:-1])

    assert "truncated or damaged" in refusal(path)


def test_an_archive_that_unpacks_to_more_than_a_checkpoint_is_refused(
    refusal, pack, tmp_path, monkeypatch
):
    monkeypatch.setattr(checkpoint, "_MAX_GRAPH_BYTES", 0)
    monkeypatch.setattr(size_bounds, "bound_bytes", lambda network: 2**18)
    (tmp_path / "zeros").mkdir()
    (tmp_path / "zeros" / "model.ckpt.index").write_bytes(b"\0" * 2**20)

    assert "archive bomb" in refusal(pack(tmp_path / "zeros"))


@pytest.mark.parametrize(
    "path", ["nothing", "nothing/model.ckpt", "nothing.tar.gz", "nothing.index"]
)
def test_a_missing_checkpoint_is_refused(path, refusal, tmp_path):
    assert "found no checkpoint at" in refusal(tmp_path / path)


@pytest.mark.parametrize("name", ["notes.txt", "notes.index", "notes.tar.gz"])
def test_a_text_file_is_refused(name, refusal, tmp_path):
    path = tmp_path / name
    path.write_text("Not a checkpoint.\n" * 100)

    assert str(path).replace(".index", "") in refusal(path)


# Damage.


def test_a_broken_entry_is_refused_by_its_name(refusal):
    message = refusal(_BROKEN / "broken_entry")

    assert "'efficientnet-lite0/blocks_8/tpu_batch_normalization_1/" in message
    assert "missing, truncated or damaged" in message


def test_no_folder_of_an_archive_of_it_is_left(refusal, tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    path = tmp_path / "m.tar.gz"
    # Under Bazel the files of testdata are links.
    with tarfile.open(str(path), "w:gz", dereference=True) as tar:
        tar.add(str(_BROKEN), "m")

    assert f"checkpoint '{path}'" in refusal(path)
    assert not list(tmp_path.rglob("*.index"))


def test_a_folder_of_the_same_name_is_not_read(raw, read, tmp_path, write_checkpoint):
    prefix = write_checkpoint(raw, tmp_path, "m")
    other = dict(raw, **{_KERNEL: 2 * raw[_KERNEL]})
    (tmp_path / "m").mkdir()
    write_checkpoint(other, tmp_path / "m", "other")

    _assert_same(read(prefix + ".index").values, raw)


def test_a_pipe_named_checkpoint_is_ignored(raw, read, tmp_path, write_checkpoint):
    write_checkpoint(raw, tmp_path)
    (tmp_path / "checkpoint").unlink()
    os.mkfifo(tmp_path / "checkpoint")

    _assert_same(read(tmp_path).values, raw)


@pytest.fixture(params=[".index", _DATA], name="file")
def _file(request, raw, tmp_path, write_checkpoint) -> pathlib.Path:
    """A file of a checkpoint, of which all entries are read."""
    return pathlib.Path(write_checkpoint(raw, tmp_path) + request.param)


@pytest.mark.parametrize("kept", cases.slow_after(2, [0, 1, 1000, -1]))
def test_a_truncated_file_is_refused(kept, file, refusal):
    file.write_bytes(file.read_bytes()[:kept])

    assert "missing, truncated or damaged" in refusal(file)


def test_a_missing_file_is_refused(file, refusal):
    file.unlink()

    refusal(str(file).rsplit(".", 1)[0])


def test_a_flipped_bit_is_refused(file, refusal):
    content = bytearray(file.read_bytes())
    content[len(content) // 3] ^= 4
    file.write_bytes(content)

    assert "missing, truncated or damaged" in refusal(file)


@pytest.mark.slow
def test_no_flipped_bit_changes_a_weight(file, raw, read):
    content = file.read_bytes()
    refused = 0
    positions = range(0, len(content), 1 + len(content) // 200)
    for count, position in enumerate(positions):
        flipped = bytearray(content)
        flipped[position] ^= 1 << count % 8
        file.write_bytes(flipped)
        try:
            _assert_same(read(file).values, raw)
        except ValueError as error:
            assert "missing, truncated or damaged" in str(error)
            refused += 1
    # A few bytes of the index have no meaning.
    assert refused > 0.95 * len(positions)
