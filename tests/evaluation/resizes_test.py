"""Tests the resizes against TensorFlow 1's op, Pillow, and sizes of other programs."""

from __future__ import annotations

import io
import math

import numpy as np
import pytest
import tensorflow.compat.v1 as tf
from PIL import Image
from sklearn import datasets

from efficientnet_hub import errors
from efficientnet_hub.evaluation import legacy_resizing, options, resizes
from efficientnet_hub.export.classification import module_classification


def _pixels(height: int, width: int) -> np.ndarray:
    return np.random.RandomState(0).randint(0, 256, [height, width, 3]).astype(np.uint8)


def _resize(name: str, pixels: np.ndarray, *size, **options) -> np.ndarray:
    return resizes.make(name, *size, **options)(Image.fromarray(pixels))


_OPS = {
    "bicubic": (legacy_resizing.resize_bicubic, tf.image.resize_bicubic),
    "bilinear": (legacy_resizing.resize_bilinear, tf.image.resize_bilinear),
}


@pytest.mark.parametrize("shape", [(328, 400), (50, 31), (1, 1), (224, 2), (3, 1000)])
@pytest.mark.parametrize("name", sorted(_OPS))
def test_the_legacy_interpolation_is_the_op_of_tensorflow_1(name, shape):
    resize, op = _OPS[name]
    pixels = _pixels(*shape)
    with tf.Graph().as_default(), tf.Session() as session:
        expected = session.run(op(pixels[None], [224, 190])[0])

    np.testing.assert_allclose(resize(pixels, 224, 190), expected, rtol=0, atol=2e-3)


def _resize_as_the_publisher(pixels: np.ndarray, size: int, op) -> np.ndarray:
    """Follows the publisher's program: crop size, offsets, and TensorFlow 1's op."""
    with tf.Graph().as_default(), tf.Session() as session:
        height, width = tf.constant(pixels.shape[0]), tf.constant(pixels.shape[1])
        shorter = tf.cast(tf.minimum(height, width), tf.float32)
        side = tf.cast((size / (size + 32)) * shorter, tf.int32)
        top, left = (height - side + 1) // 2, (width - side + 1) // 2
        crop = tf.image.crop_to_bounding_box(pixels, top, left, side, side)
        return session.run(op(crop[None], [size, size])[0])


@pytest.mark.parametrize("shape", [(375, 500), (500, 333), (224, 224), (97, 512)])
@pytest.mark.parametrize(
    ("size", "name"), [(224, "bicubic"), (260, "bicubic"), (224, "bilinear")]
)
def test_the_publishers_resize_is_that_of_its_program(shape, size, name):
    pixels = _pixels(*shape)

    is_lite = name == "bilinear"
    found = _resize(options.PUBLISHER, pixels, size, size, is_lite=is_lite)

    assert found.dtype == np.float32
    expected = _resize_as_the_publisher(pixels, size, _OPS[name][1]) / 255
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-5)


# The sizes and offsets of torchvision: Resize(256), then CenterCrop(224).
@pytest.mark.parametrize(
    ("shape", "resized", "top", "left"),
    [
        ((375, 500), (256, 341), 16, 58),
        ((500, 333), (384, 256), 80, 16),
        ((300, 300), (256, 256), 16, 16),
    ],
)
def test_the_center_crop_is_that_of_torchvision(shape, resized, top, left):
    pixels = _pixels(*shape)

    found = _resize(options.CENTER_CROP, pixels, 224, 224)

    image = Image.fromarray(pixels).resize(resized[::-1], Image.BICUBIC)
    image = image.crop((left, top, left + 224, top + 224))
    np.testing.assert_array_equal(found, np.asarray(image, np.float32) / 255)


@pytest.mark.parametrize("name", [options.SQUASH, options.FAST])
def test_squash_is_what_classify_sees(name, tmp_path):
    pixels = _pixels(40, 60)
    Image.fromarray(pixels).save(str(tmp_path / "image.png"))

    found = _resize(name, pixels, 32, 24)

    seen = module_classification.read_image(str(tmp_path / "image.png"), (32, 24))
    np.testing.assert_array_equal(found, seen)
    expected = Image.fromarray(pixels).resize((24, 32), Image.BICUBIC)
    np.testing.assert_array_equal(found, np.asarray(expected, np.float32) / 255)


@pytest.mark.parametrize("name", options.RESIZES)
@pytest.mark.parametrize("shape", [(1, 1), (1, 40), (500, 3)])
def test_any_shape_becomes_the_size_of_the_module(name, shape):
    found = _resize(name, _pixels(*shape), 32, 32)

    assert (found.shape, found.dtype) == ((32, 32, 3), np.float32)


def test_a_narrow_strip_is_refused_before_it_needs_gigabytes():
    strip = np.zeros([1, 65_535, 3], np.uint8)

    with pytest.raises(errors.InputError, match="is its shape a narrow strip"):
        _resize(options.CENTER_CROP, strip, 4096, 4096)


@pytest.mark.parametrize("name", [options.CENTER_CROP, options.PUBLISHER])
def test_a_crop_is_refused_for_a_module_of_oblong_images(name):
    with pytest.raises(errors.InputError, match="which makes squares"):
        resizes.make(name, 32, 64)


def test_each_resize_is_described():
    texts = [resizes.describe(name, 224, 224) for name in options.RESIZES]

    assert "224 / 256 of the shorter side" in texts[1]
    assert "shorter side has 256 pixels" in texts[2]
    assert len(set(texts)) == len(options.RESIZES)


@pytest.fixture(name="photograph", scope="module")
def _photograph() -> Image.Image:
    """A photograph of 640 x 427 pixels."""
    return Image.fromarray(datasets.load_sample_image("china.jpg"))


def _jpeg(image: Image.Image, **options) -> bytes:
    file = io.BytesIO()
    image.save(file, "JPEG", **options)
    return file.getvalue()


def _read(name: str, content: bytes, height: int, width: int) -> np.ndarray:
    return resizes.make_reader(name, height, width)(content, "image.jpg")


# What libjpeg's scale is for an image of 640 x 427 pixels.
@pytest.mark.parametrize(
    ("size", "scale"), [((214, 214), 1), ((213, 213), 2), ((60, 90), 4), ((53, 20), 8)]
)
def test_fast_reads_the_smallest_scale_that_is_not_below_the_size(
    size, scale, photograph
):
    content = _jpeg(photograph)

    found = _read(options.FAST, content, *size)

    height, width = size
    image = Image.open(io.BytesIO(content))
    image.draft("RGB", (640 // scale, 427 // scale))
    assert image.size[0] == math.ceil(640 / scale)
    image = image.resize((width, height), Image.BICUBIC)
    np.testing.assert_array_equal(found, np.asarray(image, np.float32) / 255)


def test_fast_is_nearly_squash(photograph):
    content = _jpeg(photograph)

    found = _read(options.FAST, content, 100, 100)

    difference = np.abs(found - _read(options.SQUASH, content, 100, 100))
    assert 0 < difference.mean() < 0.02


def test_fast_turns_an_image_and_does_not_read_less_than_the_size(photograph):
    turned = Image.Exif()
    turned[0x0112] = 6  # Orientation: the width is the height.
    content = _jpeg(photograph.resize((400, 100)), exif=turned)

    np.testing.assert_array_equal(
        _read(options.FAST, content, 200, 50), _read(options.SQUASH, content, 200, 50)
    )


def test_fast_reads_other_formats_as_squash(photograph):
    file = io.BytesIO()
    photograph.save(file, "PNG")

    np.testing.assert_array_equal(
        _read(options.FAST, file.getvalue(), 32, 32),
        _read(options.SQUASH, file.getvalue(), 32, 32),
    )


def test_fast_finds_that_a_file_is_cut_off(photograph):
    content = _jpeg(photograph)

    with pytest.raises(errors.InputError, match="image.jpg.* is the file damaged"):
        _read(options.FAST, content[: len(content) // 2], 32, 32)
