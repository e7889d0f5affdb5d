"""Tests which existing files and folders an export may replace."""

from __future__ import annotations

import os

import pytest

from efficientnet_hub import errors
from efficientnet_hub.export import destinations


@pytest.fixture(name="check")
def _check(tmp_path):
    """Returns a function that checks `tmp_path / "module"`."""

    def _check(archive=None, overwrite=False, output="module") -> destinations.Paths:
        if archive is not None:
            archive = str(tmp_path / archive)
        return destinations.plan(str(tmp_path / output), archive, overwrite)

    return _check


def test_a_page_goes_beside_the_module(check, tmp_path):
    module = str(tmp_path / "module")
    archive = str(tmp_path / "archive")

    assert check("archive") == destinations.Paths(module, module + ".md", archive)
    assert os.listdir(str(tmp_path)) == []


@pytest.mark.parametrize(
    "path", ["module", "module.md", "module/archive", "x/../module"]
)
def test_an_archive_at_or_in_the_module_is_refused(path, check):
    with pytest.raises(errors.InputError, match="must lie outside the module"):
        check(path)


@pytest.mark.parametrize("present", ["module", "module.md", "module.tar.gz"])
def test_no_file_is_replaced_without_overwrite(present, check, tmp_path):
    if present == "module":
        (tmp_path / present).mkdir()
    else:
        (tmp_path / present).write_text("present")

    with pytest.raises(errors.InputError, match=present + "' exists already"):
        check("module.tar.gz")


@pytest.mark.parametrize("name", ["module/notes.txt", "module", "saved_model.pb"])
@pytest.mark.parametrize("overwrite", [False, True])
def test_only_a_module_is_replaced(name, overwrite, check, tmp_path):
    present = tmp_path / name
    present.parent.mkdir(exist_ok=True)
    present.write_text("another user's file")

    with pytest.raises(errors.InputError, match="must be a new path or a module, "):
        check(output=name.split("/")[0], overwrite=overwrite)


def test_a_saved_model_may_be_replaced(saved_model_2):
    destinations.plan(saved_model_2, None, overwrite=True)


@pytest.mark.parametrize("overwrite", [False, True])
@pytest.mark.parametrize("name", ["module.md", "archive"])
def test_a_folder_is_not_replaced_by_a_file(name, overwrite, check, tmp_path):
    (tmp_path / name).mkdir()

    with pytest.raises(errors.InputError, match="must be a file, found a folder"):
        check("archive", overwrite=overwrite)


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("", "must be a path, found ''"),
        ("https://example.org/m", "must be a path on this machine, found the address"),
    ],
)
def test_what_is_no_path_is_refused(path, message, tmp_path):
    with pytest.raises(errors.InputError, match="^output " + message):
        destinations.normalize(path)
    with pytest.raises(errors.InputError, match="^archive " + message):
        destinations.plan(str(tmp_path / "module"), path, overwrite=False)


def test_everything_that_was_built_is_published(check, tmp_path):
    paths = check("archives/archive")

    with destinations.staging(paths) as staged:
        for path in (os.path.join(staged.module, "file"), staged.card, staged.archive):
            with open(path, "w") as file:
                file.write("built")
        assert not any(os.path.exists(path) for path in vars(paths).values())
        destinations.publish(staged, paths, overwrite=False)

    assert sorted(os.listdir(str(tmp_path))) == ["archives", "module", "module.md"]
    assert os.listdir(paths.module) == ["file"]
    assert os.listdir(os.path.dirname(paths.archive)) == ["archive"]
