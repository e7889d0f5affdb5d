"""Tests what a worker computes, in this process and without Spark."""

from __future__ import annotations

import pandas
import pyspark
import pytest

from efficientnet_hub.embedding import options
from efficientnet_hub.spark import worker

_ROOT = "file:/images/"


@pytest.fixture
def embed(module, images, monkeypatch):
    """Returns a function that embeds frames of a number of images each."""
    monkeypatch.setattr(pyspark.SparkFiles, "get", lambda name: module.directory)
    monkeypatch.setattr(worker, "_loaded", {})
    contents = [path.read_bytes() for path in sorted(images.iterdir())]

    def _embed(*counts: int, columns=("features",), **computation) -> pandas.DataFrame:
        frames, start = [], 0
        for count in counts:
            paths = [f"{_ROOT}{start + i}.png" for i in range(count)]
            frame = {"path": paths, "content": contents[start : start + count]}
            frames.append(pandas.DataFrame(frame))
            start += count
        chosen = options.Computation(**computation)
        task = worker.Task("module", "archive", chosen, columns, _ROOT, 1)
        return pandas.concat(worker.embed_frames(iter(frames), task))

    return _embed


@pytest.fixture(scope="module")
def images(tmp_path_factory):
    from PIL import Image

    folder = tmp_path_factory.mktemp("images")
    for number in range(6):
        color = (40 * number, 90, 200 - 30 * number)
        Image.new("RGB", (9, 8), color).save(str(folder / f"{number}.png"))
    (folder / "3.png").write_bytes(b"\x89PNG\r\n\x1a\nno more")
    return folder


def test_the_rows_do_not_depend_on_the_frames(embed):
    one, other = embed(6, batch=2), embed(1, 0, 5, batch=2)

    assert one["path"].tolist() == [f"{i}.png" for i in range(6)]
    for name in ("path", "error"):
        assert one[name].tolist() == other[name].tolist()
    for first, second in zip(one["features"], other["features"]):
        assert (first is None and second is None) or (first == second).all()


def test_a_damaged_image_has_a_sentence_and_no_features(embed):
    row = embed(6).iloc[3]

    assert row["error"].startswith("'3.png' must be an image")
    assert row["features"] is None


def test_no_images_are_no_rows(embed):
    assert embed(1, 0).shape == (1, 3)


def test_the_most_probable_classes_are_arrays(embed):
    found = embed(2, columns=("class_indices", "probabilities"), top_k=3)

    assert [len(row) for row in found["class_indices"]] == [3, 3]
    assert found["probabilities"].iloc[0].dtype == "float32"


def test_a_worker_loads_the_module_once(embed, monkeypatch):
    embed(2)
    monkeypatch.setattr(pyspark.SparkFiles, "get", lambda name: "missing")

    assert len(embed(2)) == 2


def test_a_null_path_stays_null(module, images, embed):
    content = (images / "0.png").read_bytes()
    expected = embed(1)["features"].iloc[0]
    frame = pandas.DataFrame({"path": [None], "content": [content]})
    task = worker.Task("module", "archive", options.Computation(), ("features",), "", 1)

    (found,) = worker.embed_frames(iter([frame]), task)

    assert found["path"].tolist() == found["error"].tolist() == [None]
    assert (found["features"].iloc[0] == expected).all()
