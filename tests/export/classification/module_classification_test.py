"""Tests that photographs are read like PIL reads them, and classified by softmax."""

from __future__ import annotations

import pathlib
import shutil
import warnings

import numpy as np
import pytest
import tensorflow.compat.v1 as tf
import tensorflow_hub as hub
from PIL import Image, ImageOps

from efficientnet_hub import errors
from efficientnet_hub.export.classification import module_classification
from efficientnet_hub.export.execution import runner
from efficientnet_hub.export.saved_model import module_files

_RED, _BLUE, _GRAY = (255, 0, 0), (0, 0, 255), (85, 85, 85)


@pytest.fixture
def photograph(tmp_path) -> Image.Image:
    """A photograph in `tmp_path / "photograph.png"`, each of its pixels different."""
    pixels = np.random.RandomState(0).randint(0, 256, [40, 60, 3]).astype(np.uint8)
    image = Image.fromarray(pixels)
    image.save(str(tmp_path / "photograph.png"))
    return image


@pytest.fixture
def damaged_module(module, tmp_path) -> pathlib.Path:
    """A copy of the module that a test may damage."""
    return pathlib.Path(shutil.copytree(module.directory, str(tmp_path / "module")))


def _read(path, height=2, width=2) -> np.ndarray:
    return module_classification.read_image(str(path), (height, width))


def _refusal(function, *args) -> str:
    with pytest.raises(errors.InputError) as caught:
        function(*args)
    message = str(caught.value)
    assert "\n" not in message
    return message


def _classify(module, *images, **options):
    return list(
        module_classification.classify_images(
            str(module), list(map(str, images)), **options
        )
    )


# Reading an image.


@pytest.mark.parametrize("size", [(40, 60), (224, 224), (7, 31)])
@pytest.mark.parametrize("name", ["photograph.png", "photograph.jpg"])
def test_the_whole_image_is_resized_by_pils_bicubic(name, size, photograph, tmp_path):
    height, width = size
    path = str(tmp_path / name)
    photograph.save(path)

    pixels = _read(path, height, width)

    assert pixels.dtype == np.float32
    resized = Image.open(path).resize((width, height), Image.BICUBIC)
    np.testing.assert_array_equal(pixels, np.asarray(resized, np.float32) / 255)


@pytest.mark.parametrize("name", ["phone.png", "phone.jpg"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_an_image_is_turned_by_its_exif_orientation(
    orientation, name, photograph, tmp_path
):
    exif = Image.Exif()
    exif[0x0112] = orientation
    photograph.save(str(tmp_path / name), exif=exif)

    pixels = _read(tmp_path / name, 40, 60)

    seen = ImageOps.exif_transpose(Image.open(str(tmp_path / name)))
    seen = seen.resize((60, 40), Image.BICUBIC)
    np.testing.assert_array_equal(pixels, np.asarray(seen, np.float32) / 255)


@pytest.mark.parametrize("exif", [b"", b"Exif\0\0", b"Exif\0\0MM\0*\xff\xff\xff\xff"])
def test_an_image_with_damaged_metadata_is_read_as_stored(exif, photograph, tmp_path):
    photograph.save(str(tmp_path / "photograph.jpg"), exif=exif)

    with warnings.catch_warnings():
        warnings.simplefilter("error")  # They would be lines of no use.
        pixels = _read(tmp_path / "photograph.jpg", 40, 60)

    stored = Image.open(str(tmp_path / "photograph.jpg"))
    np.testing.assert_array_equal(pixels, np.asarray(stored, np.float32) / 255)


@pytest.mark.parametrize(
    ("mode", "colors"),
    [
        ("RGB", [_RED, _BLUE]),
        ("RGBA", [_RED, _BLUE]),
        ("P", [_RED, _BLUE]),
        ("L", [_GRAY, (255, 255, 255)]),
        ("LA", [_GRAY, (0, 0, 0)]),
        ("1", [(255, 255, 255), (0, 0, 0)]),
    ],
)
def test_any_kind_of_image_becomes_rgb_from_0_to_1(mode, colors, tmp_path):
    image = Image.new("RGB", (2, 2), colors[0])
    image.paste(colors[1], (1, 0, 2, 2))  # the right half
    image.convert(mode).save(str(tmp_path / "image.png"))

    pixels = _read(tmp_path / "image.png")

    np.testing.assert_allclose(pixels, np.array([colors, colors]) / 255.0, atol=1e-6)


def _cut_a_chunk(content: bytes) -> bytes:
    """Gives the pixels of a PNG half of their length, so that no chunk follows."""
    position = content.index(b"IDAT") - 4
    length = int.from_bytes(content[position : position + 4], "big") // 2
    return content[:position] + length.to_bytes(4, "big") + content[position + 4 :]


@pytest.mark.parametrize(
    "damage",
    [lambda content: content[: len(content) // 2], _cut_a_chunk],
    ids=["truncated", "cut chunk"],
)
def test_a_damaged_image_is_refused(damage, photograph, tmp_path):
    path = tmp_path / "photograph.png"
    path.write_bytes(damage(path.read_bytes()))

    assert _refusal(_read, path).startswith(f"'{path}' must be an image file")


@pytest.mark.parametrize("content", [b"", b"a text"], ids=["empty", "text"])
def test_a_file_of_another_kind_is_refused(content, tmp_path):
    path = tmp_path / "photograph.png"
    path.write_bytes(content)

    assert _refusal(_read, path).startswith(f"'{path}' must be a JPEG, PNG, WebP")


def test_the_name_of_a_file_has_no_effect(photograph, tmp_path):
    photograph.save(str(tmp_path / "named.gif"), "PNG")

    np.testing.assert_array_equal(
        _read(tmp_path / "named.gif"), _read(tmp_path / "photograph.png")
    )


def test_a_truncated_jpeg_is_refused(photograph, tmp_path):
    path = tmp_path / "photograph.jpg"
    photograph.save(str(path))
    path.write_bytes(path.read_bytes()[:-200])

    assert "truncated" in _refusal(_read, path)


def test_a_path_without_a_file_is_refused(tmp_path):
    assert "cannot be read" in _refusal(_read, tmp_path / "missing.png")
    assert "must have images" in _refusal(_read, tmp_path)


# Classifying.


def test_the_most_probable_classes_come_first(module, photograph, tmp_path):
    path = tmp_path / "photograph.png"

    ((image, predictions),) = _classify(module.directory, path, top=3)

    images = _read(path, 32, 32)[None]  # the size that the module expects
    outputs = runner.open_module(module.directory).run("default", {"images": images})
    exponentials = np.exp(outputs["default"][0])
    probabilities = exponentials / exponentials.sum()
    assert image == str(path)
    assert [p.index for p in predictions] == list(np.argsort(-probabilities)[:3])
    np.testing.assert_allclose(
        [p.probability for p in predictions], -np.sort(-probabilities)[:3], rtol=1e-5
    )
    assert {p.name for p in predictions} == {None}  # This module has no names.


def test_at_most_all_classes_are_returned(module, photograph, tmp_path):
    paths = [tmp_path / "photograph.png", tmp_path / "red.png"]
    Image.new("RGB", (3, 3), _RED).save(str(paths[1]))

    results = _classify(module.archive, *paths, top=1000)

    assert [image for image, _ in results] == [str(path) for path in paths]
    for _, predictions in results:
        assert sorted(p.index for p in predictions) == list(range(10))
        assert sum(p.probability for p in predictions) == pytest.approx(1)
    assert results[0][1] != results[1][1]


@pytest.mark.slow
def test_images_in_batches_are_classified_as_each_alone(module, tmp_path):
    paths = []
    for number in range(40):
        paths.append(tmp_path / f"{number}.png")
        pixels = np.random.RandomState(number).randint(0, 256, [8, 8, 3])
        Image.fromarray(pixels.astype(np.uint8)).save(str(paths[-1]))

    together = _classify(module.directory, *paths, top=2)

    assert [image for image, _ in together] == list(map(str, paths))
    for path, (_, predictions) in list(zip(paths, together))[::13]:
        ((_, alone),) = _classify(module.directory, path, top=2)
        assert [p.index for p in predictions] == [p.index for p in alone]
        assert [p.probability for p in predictions] == pytest.approx(
            [p.probability for p in alone]
        )


def test_images_that_cannot_be_read_are_in_their_places(module, photograph, tmp_path):
    paths = [str(tmp_path / name) for name in ("photograph.png", "damaged.png")] * 2
    (tmp_path / "damaged.png").write_bytes(b"a text")

    results = list(
        module_classification.classify_readable_images(module.directory, paths, top=1)
    )

    assert [image for image, _ in results] == paths
    assert [isinstance(each, errors.InputError) for _, each in results] == [
        False,
        True,
    ] * 2
    first, second = results[0][1][0], results[2][1][0]
    assert first.index == second.index
    # The sums of two images in a batch can have another order.
    assert first.probability == pytest.approx(second.probability)


def _write_module_for_texts(folder: pathlib.Path, signature: str) -> str:
    def module_fn():
        texts = tf.placeholder(tf.string, [None])
        hub.add_signature(signature, {"texts": texts}, tf.strings.length(texts))

    with tf.Graph().as_default(), tf.Session() as session:
        hub.Module(hub.create_module_spec(module_fn)).export(str(folder), session)
    return str(folder)


def test_the_signatures_of_another_module_are_named(photograph, tmp_path):
    module = _write_module_for_texts(tmp_path / "texts", "embedding")

    assert _refusal(_classify, module, tmp_path / "photograph.png") == (
        f"module '{module}' must have the signature 'image_classification', found "
        "'embedding': is it meant for something else?"
    )


def test_a_module_without_a_graph_for_inference_is_refused(
    damaged_module, photograph, tmp_path
):
    saved_model = module_files.read_saved_model(str(damaged_module))
    for meta_graph in saved_model.meta_graphs:
        meta_graph.meta_info_def.tags.append("mine")
    (damaged_module / "saved_model.pb").write_bytes(saved_model.SerializeToString())

    message = _refusal(_classify, damaged_module, tmp_path / "photograph.png")

    assert "must have a graph for the tag set {}, found none" in message


@pytest.mark.parametrize("top", [0, -1])
def test_top_must_be_positive(module, top):
    assert "top must be a positive" in _refusal(
        lambda: _classify(module.directory, top=top)
    )


def _flip_a_bit(path: pathlib.Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


@pytest.mark.parametrize(
    "damage",
    [
        lambda folder: shutil.rmtree(str(folder / "variables")),
        lambda folder: _flip_a_bit(folder / "variables/variables.data-00000-of-00001"),
    ],
    ids=["no weights", "a flipped bit"],
)
def test_a_damaged_module_is_refused(damage, damaged_module, photograph, tmp_path):
    damage(damaged_module)

    message = _refusal(_classify, damaged_module, tmp_path / "photograph.png")

    assert message.startswith(f"module '{damaged_module}' must load and run")
