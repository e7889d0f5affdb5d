"""Both modules see the same photographs, the bundled ones by default."""

from __future__ import annotations

import os

import pytest

from efficientnet_hub import errors
from efficientnet_hub.export.comparison import photograph_files


def test_there_are_three_bundled_photographs():
    names = map(os.path.basename, photograph_files.list_files(None))

    assert list(names) == ["chelsea.jpg", "coffee.jpg", "grace_hopper.jpg"]
    photograph_files.check(None)


@pytest.mark.parametrize(
    ("path", "sentence"),
    [
        ("none", "found nothing at this path"),
        ("file.png", "found a file"),
        ("empty", "must have images"),
    ],
)
def test_what_is_no_folder_of_images_is_refused(path, sentence, tmp_path):
    (tmp_path / "empty").mkdir()
    (tmp_path / "file.png").write_bytes(b"")

    with pytest.raises(errors.InputError, match=sentence):
        photograph_files.list_files(str(tmp_path / path))


def test_a_folder_of_damaged_images_is_refused(tmp_path):
    for name in ("a.png", "b.jpg"):
        (tmp_path / name).write_bytes(b"no image")

    with pytest.raises(errors.InputError) as caught:
        photograph_files.check(str(tmp_path))

    assert len(errors.list_messages(caught.value)) == 2
