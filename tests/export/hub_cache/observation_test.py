"""A command finds the old module, the new one or none, and never parts of two."""

from __future__ import annotations

import os
import pathlib
import shutil

import pytest

from efficientnet_hub import errors
from efficientnet_hub.export.hub_cache import observation, stored_module
from efficientnet_hub.tests import fresh_process
from efficientnet_hub.tests.export.hub_cache import changed_caches, killed_installs


@pytest.fixture
def stored(tmp_path) -> stored_module.StoredModule:
    """A module of one file."""
    place = stored_module.StoredModule(str(tmp_path / ("a" * 40)))
    _replace(place, "old")
    return place


def _replace(stored: stored_module.StoredModule, content: str) -> None:
    shutil.rmtree(stored.folder, ignore_errors=True)
    os.mkdir(stored.folder)
    pathlib.Path(stored.folder, "file").write_text(content)


def _read(stored: stored_module.StoredModule) -> str:
    return pathlib.Path(stored.folder, "file").read_text()


def test_a_module_that_stays_is_looked_at_once(stored):
    contents = []
    observation.observe(stored, lambda: contents.append(_read(stored)))
    assert contents == ["old"]


def test_a_module_that_is_replaced_meanwhile_is_looked_at_again(stored):
    contents = []

    def look():
        contents.append(_read(stored))
        if len(contents) == 1:
            _replace(stored, "new")
        return contents[-1]

    assert observation.observe(stored, look) == "new"
    assert contents == ["old", "new"]


@pytest.mark.parametrize("error", [FileNotFoundError, errors.InputError])
def test_an_error_about_a_module_that_is_gone_does_not_count(error, stored):
    def look():
        if os.path.isdir(stored.folder):
            shutil.rmtree(stored.folder)
            raise error(stored.folder)
        return "nothing"

    assert observation.observe(stored, look) == "nothing"


def test_an_error_about_a_module_that_stays_counts(stored):
    def look():
        raise errors.InputError("the module is damaged")

    with pytest.raises(errors.InputError, match="is damaged"):
        observation.observe(stored, look)


@pytest.mark.parametrize("fails", [True, False])
def test_a_module_that_changes_all_the_time_is_given_up(fails, stored, monkeypatch):
    monkeypatch.setattr(observation, "_SECONDS_TO_RETRY", 0.1)
    contents = []

    def look():
        _replace(stored, str(len(contents)))
        contents.append(_read(stored))
        if fails:
            raise FileNotFoundError(contents[-1])
        return contents[-1]

    if fails:
        with pytest.raises(FileNotFoundError):
            observation.observe(stored, look)
    else:
        assert observation.observe(stored, look) == contents[-1]
    assert len(contents) > 1


def _run(command, change, start, others, handle, folder) -> list[dict]:
    """Returns what a command did for each moment at which the module is changed."""
    job = {
        "command": command,
        "change": change,
        "source": start,
        "start": start,
        "other": others,
        "handle": handle,
        "folder": str(folder),
    }
    results = fresh_process.run_job(changed_caches.__file__, job)
    results = [each for each in results if each["changed"]]
    assert len(results) > 4
    return results


@pytest.fixture(params=[False, True])
def start_and_other(request, module, other) -> tuple[str, str]:
    """The directories of two modules, of which one or the other has more files."""
    modules = (module.directory, other)
    return modules[::-1] if request.param else modules


@pytest.mark.slow
@pytest.mark.parametrize("change", ["replace", "remove"])
def test_an_installation_works_at_each_moment(
    change, start_and_other, handle, tmp_path
):
    start, theirs = start_and_other
    results = _run("install", change, start, theirs, handle, tmp_path)

    expected = [killed_installs.list_files(start)]
    # Another program may change the module after the installation released its lock.
    expected += [killed_installs.list_files(theirs) if change == "replace" else {}]
    for result in results:
        assert result["result"] in ("installed", "replaced", "unchanged")
        assert result["files"] in expected
        is_kept = result["files"] == expected[0]
        assert is_kept or result["result"] == "unchanged"


@pytest.mark.slow
@pytest.mark.parametrize("change", ["replace", "remove"])
def test_a_list_has_whole_modules_at_each_moment(
    change, start_and_other, handle, tmp_path
):
    results = _run("list", change, *start_and_other, handle, tmp_path)

    allowed = [["sound"]] if change == "replace" else [["sound"], []]
    assert all(result["result"] in allowed for result in results)


@pytest.mark.slow
@pytest.mark.parametrize("change", ["replace", "remove"])
def test_a_removal_works_at_each_moment(change, start_and_other, handle, tmp_path):
    results = _run("remove", change, *start_and_other, handle, tmp_path)

    for result in results:
        is_gone = change == "remove" and "found no module" in str(result["result"])
        assert result["result"] is True or is_gone
        assert result["files"] == {}
