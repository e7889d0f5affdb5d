"""All files of an export are published or none, on every kind of file system."""

from __future__ import annotations

import os
import pathlib

import pytest

from efficientnet_hub import errors
from efficientnet_hub.export.storage import publication, renames
from efficientnet_hub.tests.export.storage import file_systems

_NAMES = ("module", "module.md", "module.tar.gz")

# What a file system can do.
_FILE_SYSTEMS = {
    "all": lambda monkeypatch: None,
    "no links": file_systems.without_links,
    "no exchange": file_systems.without_renameat2,
    "neither": lambda monkeypatch: (
        file_systems.without_links(monkeypatch),
        file_systems.without_renameat2(monkeypatch),
    ),
}


def _write(folder: pathlib.Path, content: str) -> None:
    folder.mkdir(exist_ok=True)
    (folder / "module").mkdir()
    (folder / "module" / "saved_model.pb").write_text(content)
    (folder / "module.md").write_text(content)
    (folder / "module.tar.gz").write_text(content)


@pytest.fixture(name="publish")
def _publish(tmp_path):
    """Returns a function that publishes three new things, and gives what is there."""

    def _publish(overwrite: bool) -> None:
        with publication.staging(str(tmp_path / "out" / "module")) as folder:
            _write(pathlib.Path(folder), "new")
            publication.publish_all(
                [
                    (os.path.join(folder, name), str(tmp_path / "out" / name))
                    for name in _NAMES
                ],
                overwrite,
            )

    return _publish


def _contents(folder: pathlib.Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): path.read_text()
        for path in folder.rglob("*")
        if path.is_file()
    }


def _everything(content: str) -> dict[str, str]:
    names = ("module/saved_model.pb", "module.md", "module.tar.gz")
    return dict.fromkeys(names, content)


def _fail_at(number: int, error: type, monkeypatch) -> None:
    """Makes the move with a number fail, after it is made."""
    make = publication._Move._make
    count = []

    def fail(move, overwrite):
        make(move, overwrite)
        count.append(move)
        if len(count) == number:
            raise error("half-way")

    monkeypatch.setattr(publication._Move, "_make", fail)


@pytest.mark.parametrize("file_system", _FILE_SYSTEMS)
@pytest.mark.parametrize("overwrite", [False, True])
def test_everything_is_published(
    file_system, overwrite, publish, tmp_path, monkeypatch
):
    _FILE_SYSTEMS[file_system](monkeypatch)
    if overwrite:
        _write(tmp_path / "out", "old")

    publish(overwrite)

    assert _contents(tmp_path / "out") == _everything("new")
    assert sorted(os.listdir(str(tmp_path / "out"))) == sorted(_NAMES)


@pytest.mark.parametrize("number", [1, 2, 3])
@pytest.mark.parametrize("error", [OSError, KeyboardInterrupt])
@pytest.mark.parametrize("file_system", _FILE_SYSTEMS)
def test_what_was_published_is_taken_back(
    file_system, error, number, publish, tmp_path, monkeypatch
):
    _FILE_SYSTEMS[file_system](monkeypatch)
    _fail_at(number, error, monkeypatch)

    with pytest.raises(error):
        publish(overwrite=False)

    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("number", [1, 2, 3])
@pytest.mark.parametrize("file_system", _FILE_SYSTEMS)
def test_what_was_replaced_is_restored(
    file_system, number, publish, tmp_path, monkeypatch
):
    _FILE_SYSTEMS[file_system](monkeypatch)
    _write(tmp_path / "out", "old")
    _fail_at(number, OSError, monkeypatch)

    with pytest.raises(OSError, match="half-way"):
        publish(overwrite=True)

    assert _contents(tmp_path / "out") == _everything("old")
    assert sorted(os.listdir(str(tmp_path / "out"))) == sorted(_NAMES)


@pytest.mark.parametrize("present", _NAMES)
@pytest.mark.parametrize("file_system", _FILE_SYSTEMS)
def test_what_another_program_published_stays_and_the_rest_is_taken_back(
    file_system, present, publish, tmp_path, monkeypatch
):
    _FILE_SYSTEMS[file_system](monkeypatch)
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / present).write_text("theirs")

    with pytest.raises(errors.InputError, match="by another program in the meantime"):
        publish(overwrite=False)

    assert _contents(tmp_path / "out") == {present: "theirs"}


@pytest.mark.parametrize("code", file_systems.NO_LINKS)
def test_a_file_gets_a_new_name_without_links(code, tmp_path, monkeypatch):
    file_systems.without_links(monkeypatch, code)
    file_systems.without_renameat2(monkeypatch)
    (tmp_path / "file").write_text("content")

    renames.rename_new(str(tmp_path / "file"), str(tmp_path / "new"))

    assert _contents(tmp_path) == {"new": "content"}
