"""A module that changes while it is compared is refused."""

from __future__ import annotations

import pathlib
import shutil

import pytest

from efficientnet_hub import errors
from efficientnet_hub.export.comparison import opened_module


@pytest.fixture
def copy(module, tmp_path) -> pathlib.Path:
    """A module that no other test uses."""
    return pathlib.Path(shutil.copytree(module.directory, str(tmp_path / "copy")))


def _replace(copy: pathlib.Path) -> None:
    """Writes the same module at the same place."""
    copy.rename(copy.parent / "old")
    shutil.copytree(str(copy.parent / "old"), str(copy))


def _append(copy: pathlib.Path) -> None:
    with open(str(copy / "variables" / "variables.index"), "ab") as file:
        file.write(b"0")


@pytest.mark.parametrize("change", [_replace, _append, shutil.rmtree])
@pytest.mark.parametrize("error", [None, OSError("not found")])
def test_a_module_that_changes_is_refused(change, error, copy):
    refused = pytest.raises(errors.InputError, match="must stay as it is")
    with refused as caught, opened_module.open_module(str(copy)):
        change(copy)
        if error is not None:
            raise error

    assert caught.value.__cause__ is error


def test_an_error_about_a_module_that_stays_is_raised(copy):
    raised = pytest.raises(OSError, match="not found")
    with raised, opened_module.open_module(str(copy)):
        raise OSError("not found")
