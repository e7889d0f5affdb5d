"""Files are read up to a bound, and errors name what they must be."""

from __future__ import annotations

import os

import pytest

from efficientnet_hub import bounded_files, errors


@pytest.mark.parametrize(("size", "read"), [(0, 0), (9, 9), (10, 10), (99, 11)])
def test_one_byte_more_than_the_bound_is_read(size, read, tmp_path):
    (tmp_path / "file").write_bytes(bytes(size))

    assert len(bounded_files.read(str(tmp_path / "file"), "a list", 10)) == read


def test_what_cannot_be_read_is_refused(tmp_path):
    with pytest.raises(errors.InputError) as caught:
        bounded_files.read(str(tmp_path / "list"), "a list", 10)

    assert str(caught.value) == (
        f"'{tmp_path}/list' must be a list, found an error when reading it: No such "
        "file or directory"
    )


def test_a_named_pipe_is_refused_at_once(tmp_path):
    os.mkfifo(str(tmp_path / "list"))

    with pytest.raises(errors.InputError, match="found a named pipe"):
        bounded_files.read(str(tmp_path / "list"), "a list", 10)
