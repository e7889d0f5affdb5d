"""JPEG and PNG files are recognized by their content, whatever their name."""

from __future__ import annotations

import hashlib

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
