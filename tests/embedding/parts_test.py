"""Tests that finished rows are kept, and are not mixed with others."""

from __future__ import annotations

import os
import resource

import pytest

from efficientnet_hub import errors
from efficientnet_hub.embedding import parts, tables
from efficientnet_hub.tests.embedding import tables_test

_FACTS = {"module": "0123", "batch": 2}
_COLUMNS = [tables.Column("features", tables.FLOAT, (2,))]
_PATHS = [f"{number}.png" for number in range(7)]


def _load(folder, **facts) -> parts.Parts:
    loaded = parts.Parts(str(folder), _COLUMNS, _PATHS)
    loaded.load({**_FACTS, **facts}, batch=2)
    return loaded


def _fill(folder, stop=6) -> None:
    """Writes a file for each batch of two rows."""
    filled = _load(folder)
    for start in range(0, stop, 2):
        filled.add(tables_test.make_rows(start, min(start + 2, stop)))
        filled.flush()


@pytest.mark.parametrize("stop", [0, 2, 6, 7])
def test_rows_are_found_again(stop, tmp_path):
    _fill(tmp_path, stop)

    again = _load(tmp_path)

    assert again.count == stop
    found = [path for rows in again.read() for path in rows.paths]
    assert found == _PATHS[:stop]


def test_a_folder_without_rows_may_get_those_of_other_facts(tmp_path):
    _load(tmp_path, batch=4)

    _fill(tmp_path)

    assert _load(tmp_path).count == 6


def test_other_facts_are_refused(tmp_path):
    _fill(tmp_path)

    with pytest.raises(errors.InputError) as caught:
        _load(tmp_path, batch=4, module="4567")

    assert "batch was 2, now 4; other module" in str(caught.value)


@pytest.mark.parametrize("content", [b"", b"PK damaged"])
def test_rows_after_a_damaged_file_are_computed_again(content, tmp_path):
    _fill(tmp_path)
    (tmp_path / "rows-0000000002-0000000004.npz").write_bytes(content)

    assert _load(tmp_path).count == 2
    assert sorted(os.listdir(str(tmp_path))) == [
        parts.RECORD,
        "rows-0000000000-0000000002.npz",
    ]


@pytest.mark.parametrize(
    ("position", "value"),
    [(6, 0x01), (6, 0x20), (8, 8), (8, 12), (8, 14), (8, 99), (4, 255)],
    ids=[
        "encrypted",
        "a patch",
        "deflated",
        "of bzip2",
        "of lzma",
        "of another method",
        "of another version",
    ],
)
def test_rows_after_a_changed_byte_are_computed_again(position, value, tmp_path):
    _fill(tmp_path)
    file = tmp_path / "rows-0000000002-0000000004.npz"
    content = bytearray(file.read_bytes())
    # In the list of members at the end, whose entries have two bytes more at the start.
    for start in (0, content.index(b"PK\x01\x02") + 2):
        content[start + position] = value
    file.write_bytes(content)

    assert _load(tmp_path).count == 2


def test_rows_after_a_gap_are_computed_again(tmp_path):
    _fill(tmp_path)
    (tmp_path / "rows-0000000000-0000000002.npz").unlink()

    assert _load(tmp_path).count == 0


def test_a_half_written_file_is_ignored_and_removed(tmp_path):
    _fill(tmp_path)
    (tmp_path / "rows-0000000006-0000000007.npz.part").write_bytes(b"PK")

    found = _load(tmp_path)

    assert found.count == 6
    found.remove()
    assert not tmp_path.exists()


def test_a_file_of_another_program_stays(tmp_path):
    filled = _load(tmp_path)
    filled.add(tables_test.make_rows(0, 6))
    filled.flush()
    (tmp_path / "notes.txt").write_text("mine")

    filled.remove()

    assert [each.name for each in tmp_path.iterdir()] == ["notes.txt"]


@pytest.mark.filterwarnings("error")  # Also of what Python ignores in destructors.
def test_a_full_disk_is_an_error_that_names_the_file(tmp_path):
    filled = _load(tmp_path)
    filled.add(tables_test.make_rows(0, 6))
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, limits[1]))
    try:
        with pytest.raises(OSError, match="File too large") as caught:
            filled.flush()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)

    assert caught.value.filename.endswith("rows-0000000000-0000000006.npz")


def test_files_are_not_written_for_each_batch(tmp_path):
    filled = _load(tmp_path)
    for start in range(0, 6, 2):
        filled.add(tables_test.make_rows(start, start + 2))

    assert filled.count == 6
    assert os.listdir(str(tmp_path)) == [parts.RECORD]
