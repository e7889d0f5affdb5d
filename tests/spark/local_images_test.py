"""A local folder that Spark would read twice, or not at all, is refused."""

from __future__ import annotations

import pathlib

import pytest

from efficientnet_hub import errors
from efficientnet_hub.spark import local_images


@pytest.fixture
def images(tmp_path) -> pathlib.Path:
    folder = tmp_path / "images"
    (folder / "cat").mkdir(parents=True)
    (folder / "cat" / "0.jpg").touch()
    return folder


def _check(images: pathlib.Path) -> list[str]:
    try:
        local_images.check(f"file:{images}")
    except errors.InputError as error:
        return getattr(error, "messages", [str(error)])
    return []


def test_a_folder_and_a_link_to_another_one_are_accepted(images, tmp_path):
    (tmp_path / "more").mkdir()
    (images / "more").symlink_to(tmp_path / "more")
    (images / ".hidden").symlink_to(images)
    (images / "12:30.txt").touch()

    assert _check(images) == []
    local_images.check("s3a://bucket/12:30")


def test_each_link_to_a_folder_that_is_read_anyway_is_named(images):
    (images / "loop").symlink_to("../images")
    (images / "cat" / "loop").symlink_to("..")
    (images / "copy").symlink_to("cat")

    messages = _check(images)

    assert len(messages) == 3
    for name, message in zip(("cat/loop", "copy", "loop"), messages):
        assert f"/images/{name}' must be a folder that is read once" in message


def test_a_name_with_a_colon_is_named(images):
    (images / "cat" / "2020-01-01 12:30:11.jpg").touch()

    (message,) = _check(images)

    assert "12:30:11.jpg' must have a name without ':'" in message
