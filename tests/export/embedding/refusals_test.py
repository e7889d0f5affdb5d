"""What `embed` refuses, with nothing left behind."""

from __future__ import annotations

import os
import pathlib

import pytest
import tensorflow.compat.v1 as tf

from efficientnet_hub.tests import cases
from efficientnet_hub.tests.export.embedding import tables
from efficientnet_hub.tests.export.evaluation import evaluations


def _write_damaged(folder: pathlib.Path) -> None:
    folder.mkdir()
    for name in ("a.png", "b.jpg"):
        (folder / name).write_bytes(tables.DAMAGED)


def test_only_damaged_images_are_refused_and_nothing_is_left(module, tmp_path):
    _write_damaged(tmp_path / "images")

    message = tables.refusal(module, tmp_path / "images", tmp_path / "new" / "a.npz")

    assert "must have an image that can be read, found 2 damaged ones" in message
    assert os.listdir(str(tmp_path)) == ["images"]


@pytest.mark.parametrize(
    ("make", "expected"),
    [
        (lambda path: path.mkdir(), "must have images (.jpg"),
        (lambda path: path.write_text(""), "must be a folder of images, found a file"),
        (lambda path: None, "must be a folder of images, found nothing"),
    ],
)
def test_a_folder_without_images_is_refused(make, expected, module, tmp_path):
    make(tmp_path / "images")

    message = tables.refusal(module, tmp_path / "images", tmp_path / "new" / "a.npz")

    assert expected in message
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize(
    ("computation", "expected"),
    cases.slow_after(
        1,
        [
            ({"endpoint": "head1x1"}, "is 'head_1x1' meant?"),
            ({"endpoint": "logits"}, "is it a feature-vector module?"),
            ({"top_k": 5}, "is it a feature-vector module?"),
        ],
    ),
)
def test_an_output_that_the_module_lacks_is_refused(
    computation, expected, export, images, output
):
    module = export(task="feature-vector")

    assert expected in tables.refusal(module, images, output, **computation)


def test_a_module_that_diverged_is_refused(images, output, tmp_path):
    module = evaluations.write_module(
        tmp_path / "m", lambda means: means / tf.zeros_like(means)
    )

    message = tables.refusal(module, images, output, endpoint="logits")

    assert "must return finite numbers, found NaN or infinity for" in message
    assert sorted(os.listdir(str(tmp_path))) == ["images", "m"]


@pytest.mark.parametrize(
    ("output_of_module", "expected"),
    [
        (
            lambda values: tf.zeros([tf.shape(values)[0], 1 + _round(values)]),
            "must return rows of one shape, found [2] of 'other', and [1] for a black",
        ),
        (
            lambda values: tf.cast(values, tf.float64) * 1e300,
            "must return numbers that float32 can represent, found larger ones of flo",
        ),
        (tf.reduce_mean, "must return a row for each image, found the shape []"),
    ],
)
def test_an_output_that_is_no_row_of_float32_is_refused(
    output_of_module, expected, images, output, tmp_path
):
    module = _write_other(tmp_path / "m", output_of_module)

    assert expected in tables.refusal(module, images, output, endpoint="other")
    assert sorted(os.listdir(str(tmp_path))) == ["images", "m"]


def _write_other(folder: pathlib.Path, compute) -> str:
    """Writes a module whose output 'other' is computed of its logits."""
    return evaluations.write_module(
        folder,
        lambda means: means,
        compute_more=lambda logits: {"other": compute(logits)},
    )


def _round(values: tf.Tensor) -> tf.Tensor:
    """Returns 0 for black images, and 1 for images of medium brightness."""
    return tf.cast(tf.round(2 * tf.reduce_mean(values)), tf.int32)


@pytest.mark.parametrize(
    ("output_of_module", "dtype"),
    [
        (tf.as_string, "string"),
        (lambda values: tf.complex(values, values), "complex64"),
    ],
)
def test_an_output_that_has_no_real_numbers_is_refused(
    output_of_module, dtype, images, output, tmp_path
):
    module = _write_other(tmp_path / "m", output_of_module)

    message = tables.refusal(module, images, output, endpoint="other")

    assert "must be an output of real numbers, found 'other' of module" in message
    assert f"with values of {dtype}" in message


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("s3://bucket/f.npz", "found the address 's3://bucket/f.npz'"),
        ("", "output must be a path, found ''"),
        ("f.npz/", "found 'f.npz/', the name of a folder: give --shard_size"),
        ("f.csv", "with the extension .parquet, .npz, .tfrecord"),
        ("a" * 245 + ".npz", "must have names of at most 255 bytes, found 257"),
        ("/proc/new/f.npz", "must be in a folder that can be written"),
    ],
)
def test_an_output_that_cannot_be_written_is_refused(name, expected, module, images):
    assert expected in tables.refusal(module, images, name)


def test_an_output_beside_the_images_is_kept_apart(module, images):
    message = tables.refusal(module, images, images / "features.npz")

    assert "must lie apart from the images" in message
