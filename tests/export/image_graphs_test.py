"""Modules of other publishers whose images are not floats in [0, 1] are refused."""

from __future__ import annotations

import pathlib

import pytest
import tensorflow.compat.v1 as tf

from efficientnet_hub import errors
from efficientnet_hub.embedding import options
from efficientnet_hub.export import classification, module_embedding, module_evaluation

hub = pytest.importorskip("tensorflow_hub")

_SIGNATURES = ["image_feature_vector", "image_classification", "default"]


def _write_module(folder: pathlib.Path, dtype: tf.DType) -> str:
    def module_fn() -> None:
        images = tf.placeholder(dtype, [None, 8, 8, 3])
        means = tf.reduce_mean(tf.cast(images, tf.float32), [1, 2])
        for name in _SIGNATURES:
            hub.add_signature(name, {"images": images}, means)

    with tf.Graph().as_default(), tf.Session() as session:
        hub.Module(hub.create_module_spec(module_fn)).export(str(folder), session)
    return str(folder)


@pytest.fixture
def images(tmp_path) -> str:
    """A folder of two classes, with one white image each."""
    pil_image = pytest.importorskip("PIL.Image")
    for name in ("cat", "dog"):
        path = tmp_path / "images" / name / "0.png"
        path.parent.mkdir(parents=True)
        pil_image.new("RGB", (8, 8), (255, 255, 255)).save(str(path))
    return str(tmp_path / "images")


def _classify(module: str, images: str, output: str) -> None:
    list(classification.classify_images(module, [f"{images}/cat/0.png"]))


def _embed(module: str, images: str, output: str) -> None:
    destination = options.Destination(f"{output}.npz")
    module_embedding.embed_module(module, images, destination)


def _embed_most_probable(module: str, images: str, output: str) -> None:
    destination = options.Destination(f"{output}.npz")
    chosen = options.Computation(top_k=1)
    module_embedding.embed_module(module, images, destination, chosen)


def _evaluate(module: str, images: str, output: str) -> None:
    module_evaluation.evaluate_module(module, images)


@pytest.mark.parametrize("use", [_classify, _embed, _embed_most_probable, _evaluate])
@pytest.mark.parametrize("dtype", [tf.uint8, tf.int32])
def test_integers_are_refused(dtype, use, images, tmp_path):
    module = _write_module(tmp_path / "module", dtype)

    with pytest.raises(errors.InputError) as raised:
        use(module, images, str(tmp_path / "output"))

    assert f"of float32, with values in [0, 1], found {dtype.name}" in str(raised.value)


@pytest.mark.parametrize("dtype", [tf.float16, tf.float64])
def test_other_floats_are_converted(dtype, images, tmp_path):
    module = _write_module(tmp_path / "module", dtype)

    ((_, predictions),) = classification.classify_images(
        module, [f"{images}/cat/0.png"], top=3
    )

    assert [each.probability for each in predictions] == pytest.approx([1 / 3] * 3)
