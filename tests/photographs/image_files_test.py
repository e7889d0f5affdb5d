"""Image files are recognized by their content, and have bounds."""

from __future__ import annotations

import io
import struct
import zlib

import numpy as np
import PIL.Image
import pytest

from efficientnet_hub import errors
from efficientnet_hub.photographs import decoding, image_files


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


def test_a_folder_is_no_image(tmp_path):
    with pytest.raises(errors.InputError, match="cannot be read: Is a directory"):
        image_files.check_format(str(tmp_path))
    with pytest.raises(errors.InputError, match="must have images .* found none"):
        image_files.read(str(tmp_path))


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


@pytest.mark.slow
def test_a_file_of_many_bytes_is_refused(tmp_path):
    path = write_png(tmp_path / "photograph", 8, 8)
    with open(path, "r+b") as file:
        file.truncate(2**29 + 1)

    with pytest.raises(errors.InputError, match="at most 536870912 bytes"):
        _check(path)


def _make_tiff(tags, content: bytes = b"") -> bytes:
    """Returns a TIFF file with a width and a height of 8."""
    entries = [(256, 3, 1, 8), (257, 3, 1, 8), *tags]
    packed = b"".join(struct.pack("<HHII", *entry) for entry in entries)
    start = b"II*\0" + struct.pack("<IH", 8, len(entries))
    return start + packed + bytes(4) + content


def _make_exif_bomb() -> bytes:
    """Returns metadata whose 4,000 tags have the same 60,000 bytes."""
    tags = b"".join(struct.pack(">HHII", 1000 + n, 7, 60_000, 8) for n in range(4000))
    return b"MM\0*\0\0\0\x08" + struct.pack(">H", 4000) + tags + bytes(60_000)


def _make_exif_jpeg() -> bytes:
    written, exif = io.BytesIO(), _make_exif_bomb()
    PIL.Image.new("RGB", (8, 8)).save(written, "JPEG")
    content = written.getvalue()
    parts = (exif[start : start + 60_000] for start in range(0, len(exif), 60_000))
    segments = [
        b"\xff\xe1" + struct.pack(">H", len(part) + 8) + b"Exif\0\0" + part
        for part in parts
    ]
    return content[:2] + b"".join(segments) + content[2:]


# What Pillow reads before the pixels takes gigabytes or minutes.
@pytest.mark.parametrize(
    "content",
    [
        b"GIF89a\1\0\1\0\0\0\0!\xfe" + (b"\xff" + bytes(255)) * 20_000,
        b"GIF89a\1\0\1\0\0\0\0,\0\0\0\0\xff\xff\xff\xff\0\x08",
        b"RIFF\0\0\0\0WEBPVP8X\x0a\0\0\0\0\0\0\0" + b"\xff" * 20,
        b"BM" + bytes(16) + struct.pack("<ii", 60_000, -60_000) + bytes(40),
        _make_tiff([(n, 7, 2**20, 100) for n in range(1000, 5000)], bytes(2**20)),
        _make_tiff([(n, 1, 1, 0) for n in range(300, 10_000)]),
        _make_tiff([(273, 4, 2**19, 100)], bytes(2**21)),
        b"II+\0\x08\0\0\0" + struct.pack("<QQ", 16, 2**60),
        _make_exif_jpeg(),
    ],
    ids=["comments", "frame", "canvas", "bmp", "same", "tags", "strips", "big", "exif"],
)
def test_a_header_that_takes_too_much_is_refused(content, tmp_path):
    path = tmp_path / "bomb"
    path.write_bytes(content)

    with pytest.raises(errors.InputError, match="header has its|at most"):
        _check(str(path))


def test_a_compressed_bmp_file_has_a_bound(tmp_path):
    header = struct.pack("<IiiHHIIiiII", 40, 64, 64, 1, 8, 1, 0, 0, 0, 256, 0)
    start = b"BM" + struct.pack("<IHHI", 0, 0, 0, 54 + 1024) + header + bytes(1024)
    path = tmp_path / "bomb.bmp"
    path.write_bytes(start + bytes(2**23))

    with pytest.raises(errors.InputError, match="at most 8388608 bytes as a comp"):
        decoding.read_pixels(str(path))


def test_the_metadata_of_a_png_file_have_a_bound(tmp_path):
    path = str(tmp_path / "phone.png")
    exif = b"Exif\0\0" + _make_exif_bomb()
    PIL.Image.new("RGB", (8, 8)).save(path, exif=exif)

    assert decoding.read_pixels(path).shape == (8, 8, 3)
