"""A process that is killed while it replaces a folder loses neither."""

from __future__ import annotations

import pathlib
import signal
import subprocess
import sys

import pytest

from efficientnet_hub.export.storage import publication, temporary_folders
from efficientnet_hub.tests.export.storage import killed_publications

# The old folder is moved aside, then the new one takes its place.
_RENAMES = 2


def _publish(destination: pathlib.Path, killed_before: int) -> int:
    command = [sys.executable, killed_publications.__file__, str(destination)]
    return subprocess.run([*command, str(killed_before)], check=False).returncode


@pytest.fixture(name="destination")
def _destination(tmp_path):
    path = tmp_path / "module"
    path.mkdir()
    (path / "saved_model.pb").write_text("old")
    return path


def _read(destination: pathlib.Path) -> str:
    return (destination / "saved_model.pb").read_text()


@pytest.mark.parametrize("number", range(_RENAMES))
def test_the_next_run_restores_the_old_folder(number, destination, tmp_path):
    assert _publish(destination, number) == -signal.SIGKILL

    with publication.staging(str(destination)):
        assert _read(destination) == "old"

    assert [path.name for path in tmp_path.iterdir()] == ["module"]


def test_a_folder_that_is_restored_is_not_replaced_without_overwrite(destination):
    assert _publish(destination, _RENAMES - 1) == -signal.SIGKILL
    assert not destination.exists()

    with pytest.raises(ValueError, match="exists already"):
        publication.check_destination(str(destination), overwrite=False)

    assert _read(destination) == "old"


def test_a_complete_publication_is_not_undone(destination, tmp_path):
    assert _publish(destination, _RENAMES) == 0

    assert _read(destination) == "new"
    assert [path.name for path in tmp_path.iterdir()] == ["module"]


def test_what_came_to_the_place_in_the_meantime_stays(destination, tmp_path):
    assert _publish(destination, _RENAMES - 1) == -signal.SIGKILL
    destination.mkdir()
    (destination / "saved_model.pb").write_text("of another program")

    publication.remove_staging(str(destination))

    assert _read(destination) == "of another program"
    assert [path.name for path in tmp_path.iterdir()] == ["module"]


def test_the_old_folder_is_restored_before_a_signal_ends_the_process(tmp_path):
    folder = pathlib.Path(temporary_folders.create(str(tmp_path), ".module.staging-"))
    (folder / "module.replaced").mkdir()
    (folder / "module.replaced" / "saved_model.pb").write_text("old")
    (folder / "module.replaced.name").write_text("module")

    temporary_folders.remove_all()

    assert _read(tmp_path / "module") == "old"


@pytest.mark.parametrize("name", ["", "../../other", "none\0", "/etc/other"])
def test_a_wrong_record_moves_nothing_to_another_folder(name, tmp_path):
    parent = tmp_path / "parent"
    parent.mkdir()
    folder = parent / ".module.staging-0123456789abcdef"
    (folder / "module.replaced").mkdir(parents=True)
    (folder / "module.replaced.name").write_text(name)

    publication.remove_staging(str(parent / "module"))

    assert [path.name for path in tmp_path.iterdir()] == ["parent"]
    assert not folder.exists()
