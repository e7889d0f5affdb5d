"""Tests that each format of tables has all rows, by the programs that read it."""

from __future__ import annotations

import json
import resource

import numpy as np
import pyarrow.parquet
import pytest
import tensorflow.compat.v1 as tf

from efficientnet_hub import errors
from efficientnet_hub.embedding import formats, tables

_COLUMNS = [
    tables.Column("features", tables.FLOAT, (2, 1)),
    tables.Column("class_indices", tables.INTEGER, (2,)),
    tables.Column("class_names", tables.TEXT, (2,)),
]
_PATHS = ["a b.png", "sub/ü\n.png", "c.png"]
_ERRORS = ["", "'sub/ü\n.png' must be an image", ""]
_FEATURES = np.array([[[0.5], [1]], [[np.nan]] * 2, [[2], [-3]]], np.float32)
_INDICES = np.array([[3, 1], [-1, -1], [0, 2]], np.int32)
_NAMES = np.array([["tench", "é"], ["", ""], ["a", "bcd"]])
_FACTS = {"module": "0123", "shape": [2, 1]}
EXTENSIONS = (".parquet", ".npz", ".tfrecord")


@pytest.fixture(params=[(3,), (1, 2, 3)], ids=["one part", "three parts"])
def table(request) -> tables.Table:
    values = {"features": _FEATURES, "class_indices": _INDICES, "class_names": _NAMES}
    rows = tables.Rows(_PATHS, _ERRORS, values)
    bounds = list(zip((0, *request.param), request.param))
    return tables.Table(
        _COLUMNS, _FACTS, 3, lambda: (rows[start:stop] for start, stop in bounds)
    )


def _write(folder, table, extension: str) -> str:
    path = str(folder / ("table" + extension))
    formats.choose(path).write(path, table)
    return path


def test_parquet_has_null_for_a_damaged_image(table, tmp_path):
    read = pyarrow.parquet.read_table(_write(tmp_path, table, ".parquet"))

    assert read.to_pydict() == {
        "path": _PATHS,
        "error": [error or None for error in _ERRORS],
        "features": [[0.5, 1], None, [2, -3]],
        "class_indices": [[3, 1], None, [0, 2]],
        "class_names": [["tench", "é"], None, ["a", "bcd"]],
    }
    assert str(read.schema.field("features").type).startswith("list<element: float>")
    assert json.loads(read.schema.metadata[b"efficientnet_hub"]) == _FACTS


def test_npz_has_arrays(table, tmp_path):
    with np.load(_write(tmp_path, table, ".npz"), allow_pickle=False) as read:
        found = {name: read[name] for name in read.files}

    assert found.pop("paths").tolist() == _PATHS
    assert found.pop("errors").tolist() == _ERRORS
    assert json.loads(str(found.pop("facts"))) == _FACTS
    np.testing.assert_array_equal(found.pop("features"), _FEATURES)
    np.testing.assert_array_equal(found.pop("class_indices"), _INDICES)
    np.testing.assert_array_equal(found.pop("class_names"), _NAMES)
    assert not found


def test_tfrecord_has_the_documented_features(table, tmp_path):
    path = _write(tmp_path, table, ".tfrecord")
    specification = {
        "path": tf.io.FixedLenFeature([], tf.string),
        "error": tf.io.FixedLenFeature([], tf.string),
        "features": tf.io.FixedLenFeature([2, 1], tf.float32),
        "class_indices": tf.io.FixedLenFeature([2], tf.int64),
        "class_names": tf.io.FixedLenFeature([2], tf.string),
    }
    examples = list(tf.python_io.tf_record_iterator(path))
    with tf.Graph().as_default(), tf.Session() as session:
        read = session.run(tf.io.parse_example(examples, specification))

    assert [path.decode() for path in read["path"]] == _PATHS
    assert [error.decode() for error in read["error"]] == _ERRORS
    np.testing.assert_array_equal(read["features"], _FEATURES)
    np.testing.assert_array_equal(read["class_indices"], _INDICES)
    assert np.char.decode(read["class_names"].astype("S"), "utf-8").tolist() == (
        _NAMES.tolist()
    )


@pytest.mark.parametrize("extension", EXTENSIONS)
def test_the_same_rows_make_the_same_bytes(extension, table, tmp_path):
    whole = tables.Table(
        table.columns, table.facts, 3, lambda: [tables.join(list(table.read()))]
    )
    paths = [tmp_path / name for name in ("one" + extension, "other" + extension)]
    for path, each in zip(paths, (table, whole)):
        formats.choose(str(path)).write(str(path), each)

    assert paths[0].read_bytes() == paths[1].read_bytes()


@pytest.mark.parametrize("extension", EXTENSIONS)
def test_only_tables_are_recognized(extension, table, tmp_path):
    format = formats.choose("a" + extension)
    other = tmp_path / ("other" + extension)
    other.write_bytes(b"PAR1 important notes " * 9)

    assert format.is_own(_write(tmp_path, table, extension))
    assert not format.is_own(str(other))
    assert not format.is_own(str(tmp_path / "missing"))


@pytest.mark.parametrize("extension", EXTENSIONS)
def test_a_table_of_long_values_is_recognized(extension, tmp_path):
    # Such as those of --endpoint=reduction_1.
    rows = tables.Rows(["a.png"], [""], {"features": np.zeros([1, 10**6], np.float32)})
    column = tables.Column("features", tables.FLOAT, (10**6,))
    table = tables.Table([column], {}, 1, lambda: [rows])

    assert formats.choose("a" + extension).is_own(_write(tmp_path, table, extension))


@pytest.mark.parametrize("length", [0, 1, 12, 13, 14, 40, 100])
def test_no_start_of_a_tfrecord_file_is_recognized(length, table, tmp_path):
    path = _write(tmp_path, table, ".tfrecord")
    with open(path, "r+b") as file:
        file.truncate(length)

    assert not formats.choose(path).is_own(path)


@pytest.mark.parametrize("extension", EXTENSIONS)
def test_a_full_disk_is_an_error_of_the_system(extension, tmp_path):
    random = np.random.RandomState(0).uniform(size=[5000, 16]).astype(np.float32)
    rows = tables.Rows(["a.png"] * 5000, [""] * 5000, {"features": random})
    column = tables.Column("features", tables.FLOAT, (16,))
    table = tables.Table([column], {}, 5000, lambda: [rows])
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, limits[1]))
    try:
        with pytest.raises(OSError, match="File too large"):
            _write(tmp_path, table, extension)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)


@pytest.mark.parametrize("output", ["a.csv", "a", ".npz", "a.PARQUET"])
def test_other_extensions_are_refused(output):
    with pytest.raises(errors.InputError, match="extension .parquet, .npz, .tfrecord"):
        formats.choose(output)
