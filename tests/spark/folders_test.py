"""A table of Spark takes the place of another one only when it is complete."""

from __future__ import annotations

import pathlib

import pytest

from efficientnet_hub import errors
from efficientnet_hub.spark import folders

pytestmark = pytest.mark.slow


@pytest.fixture(name="path")
def _path(tmp_path) -> pathlib.Path:
    return tmp_path / "features.parquet"


def _write(session, path: pathlib.Path, value: str, overwrite: bool = False) -> None:
    table = folders.NewTable(folders.Folder(session, str(path)))
    table.check(overwrite)
    with table.write() as incomplete:
        session.createDataFrame([[value]], ["text"]).write.parquet(incomplete.address)
        if value == "fails":
            raise ValueError("after the files are written")


def _read(session, path: pathlib.Path) -> list[str]:
    return [row["text"] for row in session.read.parquet(str(path)).collect()]


def _list(path: pathlib.Path) -> list[str]:
    return [each.name for each in path.parent.iterdir() if each.is_dir()]


def _check_that_overwrite_replaces_it(session, path: pathlib.Path) -> None:
    with pytest.raises(errors.InputError, match="exists already"):
        _write(session, path, "new")
    assert _read(session, path) == ["old"]

    _write(session, path, "new", overwrite=True)
    assert _read(session, path) == ["new"]
    assert _list(path) == ["features.parquet"]


def test_a_table_is_written(session, path):
    _write(session, path, "new")

    assert _read(session, path) == ["new"]
    assert _list(path) == ["features.parquet"]


def test_a_table_is_replaced_with_overwrite_only(session, path):
    _write(session, path, "old")

    _check_that_overwrite_replaces_it(session, path)


def test_after_an_error_the_old_table_is_there(session, path):
    _write(session, path, "old")

    with pytest.raises(ValueError, match="after the files"):
        _write(session, path, "fails", overwrite=True)

    assert _read(session, path) == ["old"]
    assert _list(path) == ["features.parquet"]


def test_what_a_killed_job_left_is_removed_or_moved_back(session, path):
    _write(session, path, "old")
    path.rename(path.with_name("features.parquet.replaced"))
    left = path.with_name("features.parquet.incomplete")
    (left / "_temporary").mkdir(parents=True)

    _check_that_overwrite_replaces_it(session, path)


@pytest.mark.parametrize("ending", ["", ".incomplete", ".replaced"])
def test_a_folder_of_another_program_is_not_touched(ending, session, path):
    other = path.with_name(path.name + ending)
    other.mkdir()
    (other / "thesis.txt").write_text("years of work")

    with pytest.raises(errors.InputError, match="found 'thesis.txt'"):
        _write(session, path, "new", overwrite=True)

    assert (other / "thesis.txt").read_text() == "years of work"
