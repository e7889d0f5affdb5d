"""The files of a user are kept, and a table is replaced if the user says so."""

from __future__ import annotations

import pathlib

import pyarrow.parquet
import pytest

from efficientnet_hub.export.embedding import embedder, embedding_output
from efficientnet_hub.tests.export.embedding import tables


@pytest.mark.parametrize("shard_size", [None, 4])
def test_an_earlier_table_is_replaced_if_the_user_says_so(
    shard_size, module, images, tmp_path
):
    output = tmp_path / "f.parquet"
    tables.embed(module, images, output, shard_size)

    message = tables.refusal(module, images, output, shard_size)
    tables.embed(module, images, output, shard_size, overwrite=True, endpoint="logits")

    assert "exists already: give another path, or --overwrite" in message
    assert "logits" in pyarrow.parquet.read_table(str(output)).column_names


@pytest.mark.parametrize("shard_size", [None, 4])
@pytest.mark.parametrize("kind", ["file", "folder", "link", "shards and notes"])
def test_files_of_a_user_are_kept(kind, shard_size, module, images, tmp_path):
    output = tmp_path / "f.npz"
    if kind == "file":
        output.write_text("important")
    elif kind == "link":
        (tmp_path / "important").write_text("important")
        output.symlink_to("important")
    else:
        output.mkdir()
        (output / "notes.npz").write_text("important")
    if kind == "shards and notes":
        tables.embed(module, images, tmp_path / "g.npz")
        (tmp_path / "g.npz").rename(output / "f-00000-of-00001.npz")
    before = sorted(str(path) for path in tmp_path.rglob("*"))

    message = tables.refusal(module, images, output, shard_size, overwrite=True)

    assert "which --overwrite replaces, found" in message
    assert sorted(str(path) for path in tmp_path.rglob("*")) == before


def test_a_folder_with_the_name_of_unfinished_rows_is_kept(module, images, output):
    folder = pathlib.Path(embedding_output.name_partial(output))
    folder.mkdir()
    (folder / "notes.txt").write_text("important")

    message = tables.refusal(module, images, output)

    assert "found other files in it ('notes.txt')" in message
    assert (folder / "notes.txt").read_text() == "important"


def test_a_second_process_is_refused(module, images, output):
    with embedding_output.hold(output):
        message = tables.refusal(module, images, output)

    assert "found that another one writes it" in message


def test_a_full_disk_leaves_what_is_finished(module, images, output, monkeypatch):
    def refuse(*_):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(embedding_output.publication, "publish", refuse)
        with pytest.raises(OSError, match="No space left") as caught:
            tables.embed(module, images, output)
    assert caught.value.filename == output
    computed = []
    run = embedder.Embedder.run

    def count(self, pixels):
        computed.append(len(pixels))
        return run(self, pixels)

    monkeypatch.setattr(embedder.Embedder, "run", count)
    tables.embed(module, images, output)

    assert computed == [1]  # To learn the shape.
