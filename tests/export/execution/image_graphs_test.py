"""Modules of other publishers: what their images must be, and which size they have."""

from __future__ import annotations

import pathlib

import pytest
import tensorflow.compat.v1 as tf

from efficientnet_hub import errors
from efficientnet_hub.embedding import options
from efficientnet_hub.export.classification import module_classification
from efficientnet_hub.export.embedding import module_embedding
from efficientnet_hub.export.evaluation import module_evaluation

hub = pytest.importorskip("tensorflow_hub")

_SIGNATURES = ["image_feature_vector", "image_classification", "default"]


def _write_module(
    folder: pathlib.Path, dtype: tf.DType = tf.float32, size=8, key="images"
) -> str:
    def module_fn() -> None:
        images = tf.placeholder(dtype, [None, size, size, 3])
        means = tf.reduce_mean(tf.cast(images, tf.float32), [1, 2])
        for name in _SIGNATURES:
            hub.add_signature(name, {key: images}, means)

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
    list(module_classification.classify_images(module, [f"{images}/cat/0.png"]))


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

    ((_, predictions),) = module_classification.classify_images(
        module, [f"{images}/cat/0.png"], top=3
    )

    assert [each.probability for each in predictions] == pytest.approx([1 / 3] * 3)


@pytest.mark.parametrize("use", [_classify, _embed, _embed_most_probable, _evaluate])
def test_another_name_of_the_input_is_refused(use, images, tmp_path):
    module = _write_module(tmp_path / "module", key="pictures")

    with pytest.raises(
        errors.InputError, match="must have the input 'images', found 'pictures'"
    ):
        use(module, images, str(tmp_path / "output"))


@pytest.mark.parametrize("use", [_classify, _embed, _embed_most_probable, _evaluate])
def test_a_module_that_does_not_say_its_size_is_refused(use, images, tmp_path):
    module = _write_module(tmp_path / "module", size=None)

    with pytest.raises(errors.InputError, match="found neither: .*--image_size"):
        use(module, images, str(tmp_path / "output"))


def test_a_module_that_does_not_say_its_size_can_be_given_one(images, tmp_path):
    module = _write_module(tmp_path / "module", size=None)
    destination = options.Destination(str(tmp_path / "output.npz"))

    embedded = module_embedding.embed_module(
        module, images, destination, options.Computation(image_size=4)
    )
    labels = tmp_path / "labels.txt"
    labels.write_text("cat -> 0\ndog -> 1\n")
    report = module_evaluation.evaluate_module(
        module, images, image_size=4, labels=str(labels)
    )

    assert embedded.count == 2
    assert report.image_size == (4, 4)


def test_a_size_that_the_input_does_not_accept_is_refused(images, tmp_path):
    module = _write_module(tmp_path / "module")

    with pytest.raises(errors.InputError, match="8 x 8, which accepts no other"):
        module_evaluation.evaluate_module(module, images, image_size=4)
