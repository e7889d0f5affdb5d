"""The best checkpoint stays when TensorFlow deletes those of its rotation."""

from __future__ import annotations

import os

import numpy as np
import pytest

from efficientnet_hub.finetuning import best_checkpoint

_MATRIX = np.array([[3, 1], [0, 4]])


@pytest.fixture(name="write")
def _write(tmp_path):
    """Returns a function that writes a checkpoint's files, and returns its prefix."""

    def write(step: int) -> str:
        prefix = tmp_path / f"model.ckpt-{step}"
        for suffix in (".index", ".data-00000-of-00001", ".meta"):
            (tmp_path / (prefix.name + suffix)).write_text(f"{suffix} of {step}")
        return str(prefix)

    return write


def test_it_outlives_the_rotation(write, tmp_path):
    prefix = write(8)
    write(80)

    best_checkpoint.keep(str(tmp_path), prefix, 8, _MATRIX, most=1)
    os.remove(prefix + ".index")
    os.remove(prefix + ".data-00000-of-00001")

    found, matrix = best_checkpoint.find(str(tmp_path), 8)
    assert sorted(os.listdir(os.path.dirname(found))) == [
        "confusion_matrix.npy",
        "model.ckpt-8.data-00000-of-00001",
        "model.ckpt-8.index",
    ]
    with open(found + ".index") as file:
        assert file.read() == ".index of 8"
    np.testing.assert_array_equal(matrix, _MATRIX)


@pytest.mark.parametrize(("most", "kept"), [(1, [30]), (2, [20, 30])])
def test_older_ones_are_deleted(most, kept, write, tmp_path):
    for step in (10, 20, 30):
        best_checkpoint.keep(str(tmp_path), write(step), step, _MATRIX, most)

    assert sorted(path.name for path in tmp_path.glob("best-*")) == [
        f"best-{step}" for step in kept
    ]


def test_it_is_copied_where_there_are_no_links(write, tmp_path, monkeypatch):
    def link(*_):
        raise PermissionError("no links")

    monkeypatch.setattr(os, "link", link)
    best_checkpoint.keep(str(tmp_path), write(8), 8, _MATRIX, most=1)

    assert best_checkpoint.find(str(tmp_path), 8) is not None


def test_an_incomplete_one_is_none(write, tmp_path):
    best_checkpoint.keep(str(tmp_path), write(8), 8, _MATRIX, most=1)
    (tmp_path / "best-8" / "confusion_matrix.npy").write_bytes(b"")

    assert best_checkpoint.find(str(tmp_path), 8) is None
    assert best_checkpoint.find(str(tmp_path), 9) is None
