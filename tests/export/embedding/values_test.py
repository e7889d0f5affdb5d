"""What `embed` writes: the values, the paths and the errors of images."""

from __future__ import annotations

import os
import pathlib
import shutil

import numpy as np
import pyarrow.parquet
import pytest

from efficientnet_hub.export.classification import module_classification
from efficientnet_hub.export.execution import runner
from efficientnet_hub.tests.export import attaching
from efficientnet_hub.tests.export.embedding import tables
from efficientnet_hub.tests.export.evaluation import evaluations


@pytest.mark.parametrize(
    ("endpoint", "signature", "key", "column"),
    [
        ("image_feature_vector", "image_feature_vector", "default", "features"),
        ("logits", "image_classification", "default", "logits"),
        (
            "efficientnet-b0/reduction_1",
            "image_feature_vector",
            "efficientnet-b0/reduction_1",
            "features",
        ),
        (
            "head_1x1",
            "image_feature_vector",
            "efficientnet-b0/head_1x1",
            "features",
        ),
    ],
)
def test_the_values_are_the_modules(
    endpoint, signature, key, column, module, images, output
):
    loaded = runner.open_module(module.directory)
    expected = loaded.run(signature, {"images": tables.read_pixels(images)})[key]

    tables.embed(module, images, output, endpoint=endpoint)

    found = tables.read(output)
    assert found["paths"].tolist() == tables.list_paths(images)
    assert set(found["errors"]) == {""}
    np.testing.assert_allclose(found[column], expected, rtol=1e-4, atol=1e-6)


def test_an_output_may_be_of_any_signature_of_another_publisher(
    images, output, tmp_path
):
    module = evaluations.write_module(
        tmp_path / "m", lambda means: means, 32, lambda logits: {"twice": 2 * logits}
    )

    tables.embed(module, images, output, endpoint="twice")

    pixels = tables.read_pixels(images)
    np.testing.assert_allclose(
        tables.read(output)["features"], 2 * pixels.mean((1, 2)), rtol=1e-4
    )


@pytest.mark.parametrize("batch", [1, 4, 32])
def test_a_module_may_take_a_fixed_number_of_images(batch, images, output, tmp_path):
    module = evaluations.write_module(
        tmp_path / "m", lambda means: means, 32, batch=batch
    )

    tables.embed(module, images, output, endpoint="logits")

    pixels = tables.read_pixels(images)
    np.testing.assert_allclose(
        tables.read(output)["logits"], pixels.mean((1, 2)), rtol=1e-4
    )


@pytest.mark.parametrize(("asked", "expected"), [(3, 3), (100, 10)])
def test_the_most_probable_classes_are_those_of_classify(
    asked, expected, module, images, output, tmp_path
):
    names = [f"Class {index}" for index in range(10)]
    named = attaching.copy(module.directory, f"{tmp_path}/m", "class_names", names)

    tables.embed(named, images, output, top_k=asked)

    found = tables.read(output)
    paths = [str(images / path) for path in tables.list_paths(images)]
    for row, (_, predictions) in enumerate(
        module_classification.classify_images(named, paths, asked)
    ):
        assert len(predictions) == expected
        assert found["class_indices"][row].tolist() == [p.index for p in predictions]
        assert found["class_names"][row].tolist() == [p.name for p in predictions]
        np.testing.assert_allclose(
            found["probabilities"][row], [p.probability for p in predictions], rtol=1e-4
        )


def test_a_damaged_image_has_a_sentence_and_the_others_their_values(
    module, images, output, tmp_path
):
    tables.embed(module, images, output, batch=4)
    expected = tables.read(output)
    for name in ("00.png", "a/0.png", "z.png"):  # First, between, and last.
        (images / name).write_bytes(tables.DAMAGED)

    written = tables.embed(module, images, tmp_path / "other.npz", batch=4)

    found = tables.read(tmp_path / "other.npz")
    assert written.damaged == 3
    is_damaged = found["errors"] != ""
    assert found["paths"][is_damaged].tolist() == ["00.png", "a/0.png", "z.png"]
    assert found["errors"][-1].startswith("'z.png' must be an image")
    assert np.isnan(found["features"][is_damaged]).all()
    np.testing.assert_allclose(
        found["features"][~is_damaged], expected["features"], rtol=1e-4, atol=1e-6
    )


def test_parquet_says_how_it_was_made(module, images, tmp_path):
    written = tables.embed(module, images, tmp_path / "a.parquet", resize="center-crop")

    metadata = pyarrow.parquet.read_schema(str(tmp_path / "a.parquet")).metadata
    assert b'"resize": "center-crop"' in metadata[b"efficientnet_hub"]
    assert written.facts["module"].encode() in metadata[b"efficientnet_hub"]


@pytest.mark.parametrize("extension", [".parquet", ".npz", ".tfrecord"])
def test_shards_are_a_folder(extension, module, images, tmp_path):
    output = tmp_path / ("f" + extension)

    written = tables.embed(module, images, f"{output}/", shard_size=4)

    names = [f"f-0000{index}-of-00003{extension}" for index in range(3)]
    assert sorted(os.listdir(str(output))) == names
    assert written.files == [str(output / name) for name in names]
    if extension == ".parquet":
        read = pyarrow.parquet.read_table(str(output))
        assert read["path"].to_pylist() == tables.list_paths(images)


def test_names_of_any_bytes_have_rows(module, images, output):
    names = [b"new\nline.png", "\u00fc.png".encode(), b"\xff\xfe.png"]
    for name in names:
        shutil.copy(
            os.path.join(os.fsencode(str(images)), b"a", b"01.png"),
            os.path.join(os.fsencode(str(images)), name),
        )

    tables.embed(module, images, output)

    found = tables.read(output)
    read = dict(zip(found["paths"].tolist(), found["errors"].tolist()))
    assert read["new\nline.png"] == read["\u00fc.png"] == ""
    sentence = read["\\udcff\\udcfe.png"]
    assert "must be a path in UTF-8, found '\\udcff\\udcfe.png'" in sentence


def test_links_in_a_circle_end(module, images, output):
    (images / "a" / "again").symlink_to(images)
    (images / "nowhere.png").symlink_to("missing")
    (images / "self.png").symlink_to("self.png")

    written = tables.embed(module, images, output)

    assert (written.count, written.damaged) == (tables.IMAGES + 2, 2)


def test_features_of_an_archive_are_those_of_its_directory(
    module, images, output, tmp_path
):
    tables.embed(module, images, output)
    tables.embed(module.archive, images, tmp_path / "other.npz")

    assert (tmp_path / "other.npz").read_bytes() == pathlib.Path(output).read_bytes()
