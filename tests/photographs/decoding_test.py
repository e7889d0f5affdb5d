"""Every format of images becomes the same pixels, in every command."""

from __future__ import annotations

import contextlib
import pathlib
import struct
import threading
import warnings

import numpy as np
import pytest
import tensorflow.compat.v1 as tf
from PIL import Image, ImageOps

from efficientnet_hub import errors
from efficientnet_hub.export.classification import module_classification
from efficientnet_hub.finetuning import batches
from efficientnet_hub.photographs import decoding, labeled
from efficientnet_hub.tests.photographs import samples

_SIZE = 16


def _refusal(path) -> str:
    with pytest.raises(errors.InputError) as caught:
        decoding.read_pixels(str(path))
    assert "\n" not in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize("kind", samples.KINDS)
def test_an_image_of_any_kind_has_its_pixels(kind, tmp_path):
    pixels = decoding.read_pixels(samples.write(kind, tmp_path))

    assert pixels.dtype == np.uint8
    expected = samples.expected(kind).astype(int)
    assert pixels.shape == expected.shape
    difference = np.abs(pixels - expected)
    assert difference.max() <= samples.LARGEST_DIFFERENCE
    assert difference.mean() <= samples.LARGEST_MEAN_DIFFERENCE


def test_classify_and_finetune_read_the_same_pixels(tmp_path):
    paths = [samples.write(kind, tmp_path) for kind in samples.KINDS]
    photographs = labeled.Photographs(["a", "b"], paths, [0] * len(paths), paths)

    with tf.Graph().as_default(), tf.Session() as session:
        dataset = batches.read_evaluation_batches(photographs, _SIZE, len(paths))
        images, _ = session.run(tf.data.make_one_shot_iterator(dataset).get_next())

    for path, image in zip(paths, images):
        read = module_classification.read_image(path, (_SIZE, _SIZE))
        np.testing.assert_array_equal(image, read, err_msg=path)


@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP", "TIFF"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_an_image_is_turned_by_its_orientation(orientation, format, tmp_path):
    exif = Image.Exif()
    exif[0x0112] = orientation
    path = str(tmp_path / "phone")
    stored = Image.fromarray(samples.make_pixels())
    options = {
        "WEBP": {"lossless": True},
        "JPEG": {"quality": 100, "subsampling": 0},
    }.get(format, {})
    stored.save(path, format, exif=exif.tobytes(), **options)

    pixels = decoding.read_pixels(path)

    stored.getexif()[0x0112] = orientation
    seen = np.asarray(ImageOps.exif_transpose(stored)).astype(int)
    assert pixels.shape == seen.shape
    assert np.abs(pixels - seen).max() <= samples.LARGEST_DIFFERENCE


def test_alpha_is_dropped(tmp_path):
    pixels = np.dstack([samples.make_pixels(), np.zeros([32, 40, 1], np.uint8)])
    Image.fromarray(pixels).save(str(tmp_path / "hidden.png"))

    read = decoding.read_pixels(str(tmp_path / "hidden.png"))

    np.testing.assert_array_equal(read, samples.make_pixels())


@pytest.mark.parametrize(
    "values",
    [
        np.full([4, 4], 70_000, np.int32),
        np.full([4, 4], 1.5, np.float32),
        np.full([4, 4], -0.1, np.float32),
        np.full([4, 4], np.nan, np.float32),
    ],
    ids=["32 bits", "above", "below", "nan"],
)
def test_values_of_an_unknown_range_are_refused(values, tmp_path):
    Image.fromarray(values).save(str(tmp_path / "scan.tif"), "TIFF")

    refusal = _refusal(tmp_path / "scan.tif")
    assert "must have pixels of a kind that is read, found another kind (" in refusal


@pytest.mark.parametrize(
    ("file", "position", "value", "reason"),
    [
        ("photo.bmp", 28, 5, "Unsupported BMP pixel depth (5)"),
        ("photo.jpg", None, 12, "cannot handle 12-bit layers"),
    ],
)
def test_pixels_that_pillow_does_not_read_are_no_damage(
    file, position, value, reason, tmp_path
):
    path = tmp_path / file
    Image.fromarray(samples.make_pixels()).save(str(path))
    content = bytearray(path.read_bytes())
    if position is None:  # The bits are in the header of the frame.
        position = content.index(b"\xff\xc0") + 4
    content[position] = value
    path.write_bytes(content)

    assert _refusal(path).endswith(
        f"found another kind ({reason}): save it as a PNG or JPEG file with 8 bits per "
        "value"
    )


def test_a_gray_scan_whose_white_is_0_is_inverted(tmp_path):
    path = tmp_path / "scan.tif"
    Image.fromarray(np.full([4, 4], 0x1234, np.uint16)).save(str(path))
    content = path.read_bytes()
    entry = struct.pack("<HHIHH", 262, 3, 1, 1, 0)
    assert entry in content
    path.write_bytes(content.replace(entry, struct.pack("<HHIHH", 262, 3, 1, 0, 0)))

    assert np.unique(decoding.read_pixels(str(path))) == [255 - 0x12]


@pytest.mark.parametrize("kind", samples.KINDS)
def test_half_of_an_image_is_refused(kind, tmp_path):
    path = samples.write(kind, tmp_path)
    with open(path, "rb") as file:
        content = file.read()
    with open(path, "wb") as file:
        file.write(content[: len(content) // 2])

    # The first frame of an animation can be whole.
    if kind.startswith("animated") or kind == "pages.tiff":
        content = content[:40]
        with open(path, "wb") as file:
            file.write(content)
    assert _refusal(path).startswith(f"'{path}' must be ")


def test_nothing_is_printed_for_a_damaged_tiff_file(tmp_path, capfd):
    path = pathlib.Path(samples.write("deflate.tiff", tmp_path))
    content = bytearray(path.read_bytes())
    content[content.index(b"\x78") + 2] ^= 0xFF  # In the compressed data.
    path.write_bytes(content)

    with pytest.raises(errors.InputError):
        decoding.read_pixels(str(path))
    assert capfd.readouterr().err == ""
    # Other code of the process has the lines again.
    with contextlib.suppress(OSError):
        Image.open(str(path)).load()
    assert "ZIPDecode" in capfd.readouterr().err


def test_warnings_are_hidden_while_threads_read(tmp_path):
    path = str(tmp_path / "phone.jpg")
    Image.fromarray(samples.make_pixels()).save(
        path, exif=b"Exif\0\0MM\0*\xff\xff\xff\xff"
    )
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        before = list(warnings.filters)
        threads = [
            threading.Thread(target=decoding.read_pixels, args=[path]) for _ in range(8)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert warnings.filters == before

    assert caught == []
