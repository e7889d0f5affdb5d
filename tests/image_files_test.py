"""JPEG and PNG files are recognized by their content, whatever their name."""

from __future__ import annotations

import hashlib
import io
import struct
import zlib

import PIL.Image
import pytest

from efficientnet_hub import errors, image_files


def test_jpeg_and_png_files_are_accepted_whatever_their_name(photographs, tmp_path):
    for photograph in photographs:
        with open(photograph.path, "rb") as file:
            content = file.read()
        path = tmp_path / "photograph.txt"
        path.write_bytes(content)

        image_files.check_format(str(path))
        assert image_files.sha256(str(path)) == hashlib.sha256(content).hexdigest()


@pytest.mark.parametrize("content", [b"GIF89a\x01\x00", b"\x89PN", b"\xff\xd8", b""])
@pytest.mark.parametrize("function", [image_files.check_format, image_files.sha256])
def test_another_format_is_refused(function, content, tmp_path):
    path = tmp_path / "photograph.jpg"
    path.write_bytes(content)

    with pytest.raises(errors.InputError) as caught:
        function(str(path))

    assert str(caught.value) == (
        f"'{path}' must be a JPEG or PNG file, found a file that starts with "
        f"{content!r}: does it have another format?"
    )


@pytest.mark.parametrize("function", [image_files.check_format, image_files.sha256])
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


# Pillow refuses to open the largest.
@pytest.mark.parametrize("size", [(8193, 8192), (13_000, 13_000), (40_000, 20_000)])
@pytest.mark.parametrize("write", [write_png, write_jpeg])
def test_an_image_of_too_many_pixels_is_refused_by_its_header(write, size, tmp_path):
    path = write(tmp_path / "bomb", *size)

    with pytest.raises(errors.InputError) as caught:
        image_files.read_orientation(path)

    assert str(caught.value) == (
        f"'{path}' must have at most 67108864 pixels, found {size[0]} x {size[1]}: "
        "make the image smaller"
    )


@pytest.mark.parametrize("size", [(9504, 6336), (8192, 8192)])
@pytest.mark.parametrize("write", [write_png, write_jpeg])
def test_an_image_of_a_large_camera_is_accepted(write, size, tmp_path):
    path = write(tmp_path / "photograph", *size)

    assert image_files.read_orientation(path) == image_files.UPRIGHT
