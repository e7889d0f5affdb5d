"""Image files are recognized by their content, and have bounds."""

from __future__ import annotations

import io
import struct
import zlib

import numpy as np
import PIL.Image
import pytest

from efficientnet_hub import errors
from efficientnet_hub.photographs import image_files


def _check(path: str) -> str:
    """Returns the format of a file within bounds."""
    return image_files.check_header(image_files.read(path), path)


def test_jpeg_and_png_files_are_accepted_whatever_their_name(photographs, tmp_path):
    for photograph in photographs:
        with open(photograph.path, "rb") as file:
            content = file.read()
        path = tmp_path / "photograph.txt"
        path.write_bytes(content)

        image_files.check_format(str(path))
        assert image_files.read(str(path)) == content


@pytest.mark.parametrize(
    "content", [b"GIF90a\x01\x00", b"\x89PN", b"\xff\xd8", b"RIFF1234WAVE"]
)
@pytest.mark.parametrize("function", [image_files.check_format, image_files.read])
def test_another_format_is_refused(function, content, tmp_path):
    path = tmp_path / "photograph.jpg"
    path.write_bytes(content)

    with pytest.raises(errors.InputError) as caught:
        function(str(path))

    assert str(caught.value) == (
        f"'{path}' must be a JPEG, PNG, WebP, BMP, TIFF or GIF file, found a file that "
        f"starts with {content!r}: does it have another format?"
    )


def test_an_empty_file_is_refused(tmp_path):
    path = tmp_path / "photograph.jpg"
    path.write_bytes(b"")

    with pytest.raises(errors.InputError, match="found an empty file: was it copied"):
        image_files.read(str(path))


@pytest.mark.parametrize("function", [image_files.check_format, image_files.read])
def test_a_file_that_cannot_be_read_is_refused(function, tmp_path):
    with pytest.raises(errors.InputError, match="cannot be read: No such file"):
        function(str(tmp_path / "missing.jpg"))
    with pytest.raises(errors.InputError, match="cannot be read: Is a directory"):
        function(str(tmp_path))


def _chunk(kind: bytes, content: bytes) -> bytes:
    checksum = struct.pack(">I", zlib.crc32(kind + content))
    return struct.pack(">I", len(content)) + kind + content + checksum


def write_png(path, width: int, height: int) -> str:
    """Writes the header of a PNG file, without pixels."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    content = _chunk(b"IHDR", header) + _chunk(b"IDAT", b"") + _chunk(b"IEND", b"")
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + content)
    return str(path)


def write_jpeg(path, width: int, height: int) -> str:
    """Writes a JPEG file whose header says another size than its pixels have."""
    small = io.BytesIO()
    PIL.Image.new("RGB", (8, 8)).save(small, "JPEG")
    written, size = small.getvalue(), struct.pack(">HH", 8, 8)
    start = written.index(b"\xff\xc0") + 5
    assert written[start : start + 4] == size
    changed = struct.pack(">HH", height, width)
    path.write_bytes(written[:start] + changed + written[start + 4 :])
    return str(path)


@pytest.mark.parametrize("size", [(65536, 1), (1, 65536)])
def test_an_image_of_a_long_side_is_refused(size, tmp_path):
    path = write_png(tmp_path / "line", *size)

    with pytest.raises(errors.InputError, match="at most 65535 pixels wide and high"):
        _check(path)


# Pillow refuses to open the largest.
@pytest.mark.parametrize("size", [(8193, 8192), (13_000, 13_000), (40_000, 20_000)])
@pytest.mark.parametrize("write", [write_png, write_jpeg])
def test_an_image_of_too_many_pixels_is_refused_by_its_header(write, size, tmp_path):
    path = write(tmp_path / "bomb", *size)

    with pytest.raises(errors.InputError) as caught:
        _check(path)

    assert str(caught.value) == (
        f"'{path}' must have at most 67108864 pixels, found {size[0]} x {size[1]}: "
        "make the image smaller"
    )


@pytest.mark.parametrize("size", [(9504, 6336), (8192, 8192)])
@pytest.mark.parametrize("write", [write_png, write_jpeg])
def test_an_image_of_a_large_camera_is_accepted(write, size, tmp_path):
    path = write(tmp_path / "photograph", *size)

    assert _check(path) in ("JPEG", "PNG")


def _hide_from_pillow(path) -> str:
    """Adds a segment to a JPEG header that TensorFlow's decoder skips."""
    with open(path, "rb") as file:
        content = file.read()
    start = content.index(b"\xff\xc0")
    cut_off = b"\xff\xe0\x00\x06JFIF"
    with open(path, "wb") as file:
        file.write(content[:start] + cut_off + content[start:])
    with pytest.raises(PIL.UnidentifiedImageError), PIL.Image.open(path):
        pass
    return path


@pytest.mark.parametrize("size", [(8193, 8192), (65_000, 65_000)])
def test_an_image_that_pillow_cannot_open_has_a_bound_too(size, tmp_path):
    path = _hide_from_pillow(write_jpeg(tmp_path / "bomb", *size))

    with pytest.raises(errors.InputError, match=f"found {size[0]} x {size[1]}"):
        _check(path)


# The start of a PNG file of one pixel.
_PIXEL = b"\x89PNG\r\n\x1a\n" + _chunk(
    b"IHDR", bytes.fromhex("00000001" * 2) + b"\x08" * 5
)


@pytest.mark.parametrize(
    "content",
    [
        b"\xff\xd8\xff",
        b"\xff\xd8\xff" + bytes(1000),
        b"\xff\xd8" + b"\xff\xfe\x00\x02" * 20_000,
        b"\xff\xd8" + b"\xff" * 100_000 + b"\xff\xc0" + bytes(20),
        b"\xff\xd8\xff\xfe\x00\x02" + bytes(100_000) + b"\xff\xc0" + bytes(20),
        _PIXEL + _chunk(b"tEXt", b"a\0b") * 100_000,
        b"\x89PNG\r\n\x1a\n",
        b"\x89PNG\r\n\x1a\n" + _chunk(b"tEXt", b"") + _chunk(b"IHDR", bytes(13)),
    ],
)
def test_an_image_without_a_size_is_refused(content, tmp_path):
    path = tmp_path / "photograph"
    path.write_bytes(content)

    with pytest.raises(
        errors.InputError, match="whose header has its width and height"
    ):
        _check(str(path))


def _write_progressive_jpeg(path, scans: int) -> str:
    written = io.BytesIO()
    noise = np.random.RandomState(0).randint(0, 255, (8, 8), np.uint8)
    PIL.Image.fromarray(noise).save(written, "JPEG", progressive=True)
    content = written.getvalue()
    last = content.rindex(b"\xff\xda")
    added = content[last:-2] * (scans - content.count(b"\xff\xda"))
    path.write_bytes(content[:-2] + added + b"\xff\xd9")
    return str(path)


def test_an_image_of_many_scans_is_refused(tmp_path):
    accepted = _write_progressive_jpeg(tmp_path / "accepted", 100)
    refused = _write_progressive_jpeg(tmp_path / "refused", 101)

    assert _check(accepted) == "JPEG"
    with pytest.raises(errors.InputError, match="at most 100 scans, found 101"):
        _check(refused)


def test_a_file_of_many_bytes_is_refused(tmp_path):
    path = write_png(tmp_path / "photograph", 8, 8)
    with open(path, "r+b") as file:
        file.truncate(2**29 + 1)

    with pytest.raises(errors.InputError, match="at most 536870912 bytes"):
        _check(path)
