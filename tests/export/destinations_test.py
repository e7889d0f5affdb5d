"""Tests which existing files and folders an export may replace."""

from __future__ import annotations

import os
import pathlib
import shutil
import subprocess
import tarfile

import pytest

from efficientnet_hub import errors
from efficientnet_hub.export import destinations
from efficientnet_hub.export.storage import archive_writer, publication


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
    archive = str(tmp_path / "archive.tar.gz")

    assert check("archive.tar.gz") == destinations.Paths(
        module, module + ".md", archive
    )
    assert os.listdir(str(tmp_path)) == []


@pytest.mark.parametrize(
    "path", ["module", "module.md", "module/archive.tar.gz", "x/../module"]
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


@pytest.mark.parametrize("overwrite", [False, True])
@pytest.mark.parametrize("page", [None, "# My model\n"])
def test_a_saved_model_of_another_program_is_not_replaced(
    page, overwrite, saved_model_2
):
    if page is not None:
        pathlib.Path(saved_model_2 + ".md").write_text(page)

    with pytest.raises(errors.InputError, match="without its documentation page"):
        destinations.plan(saved_model_2, None, overwrite)


def test_a_saved_model_with_its_page_may_be_replaced(saved_model_2):
    pathlib.Path(saved_model_2 + ".md").write_text(_CARD)

    destinations.plan(saved_model_2, None, overwrite=True)


@pytest.mark.parametrize("overwrite", [False, True])
def test_a_module_that_a_training_exported_is_not_replaced(overwrite, check, module):
    # hub.Module.export writes the same graphs, and other weights.
    shutil.copytree(module.directory, check().module)

    with pytest.raises(errors.InputError, match="which another program may have"):
        check(overwrite=overwrite)


def test_the_archive_of_a_module_by_another_program_is_not_replaced(
    check, module, tmp_path
):
    subprocess.run(
        ["tar", "czf", tmp_path / "theirs.tar.gz", "-C", module.directory, "."],
        check=True,
    )
    shutil.copy(module.archive, tmp_path / "ours.tar.gz")

    check("ours.tar.gz", overwrite=True)
    with pytest.raises(errors.InputError, match="found the archive of another program"):
        check("theirs.tar.gz", overwrite=True)


@pytest.mark.parametrize("overwrite", [False, True])
@pytest.mark.parametrize("name", ["module.md", "archive.tgz"])
def test_a_folder_is_not_replaced_by_a_file(name, overwrite, check, tmp_path):
    (tmp_path / name).mkdir()

    with pytest.raises(errors.InputError, match="must be a file, found a folder"):
        check("archive.tgz", overwrite=overwrite)


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
    paths = check("archives/archive.tgz")

    with destinations.staging(paths) as staged:
        for path in (os.path.join(staged.module, "file"), staged.card, staged.archive):
            with open(path, "w") as file:
                file.write("built")
        assert not any(os.path.exists(path) for path in vars(paths).values())
        destinations.publish_all([(staged, paths)], overwrite=False)

    assert sorted(os.listdir(str(tmp_path))) == ["archives", "module", "module.md"]
    assert os.listdir(paths.module) == ["file"]
    assert os.listdir(os.path.dirname(paths.archive)) == ["archive.tgz"]


# What --overwrite replaces.

_CARD = "# Module me/m/1\n\nA module.\n\n<!-- asset-path: legacy -->\n"


def _write_module(folder, names=()) -> str:
    """Writes a folder that is a module's, with more files."""
    for name in ("saved_model.pb", "variables/variables.index", *names):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"")
    (folder / "tfhub_module.pb").write_bytes(b"\x08\x03")
    return str(folder)


def _write_archive(path, names) -> None:
    with tarfile.open(str(path), "w:gz") as tar:
        for name in names:
            tar.addfile(tarfile.TarInfo(name))


def test_a_module_with_its_page_and_its_archive_is_replaced(check, tmp_path):
    _write_module(tmp_path / "module")
    (tmp_path / "module.md").write_text(_CARD)
    archive_writer.write_archive(str(tmp_path / "module"), str(tmp_path / "m.tar.gz"))

    check("m.tar.gz", overwrite=True)

    with pytest.raises(errors.InputError, match="module' exists already.*--overwrite"):
        check("m.tar.gz", overwrite=False)


@pytest.mark.parametrize("overwrite", [False, True])
@pytest.mark.parametrize(
    "name",
    ["photos/1.jpg", "README.md", "assets/mine.txt", "variables/more/variables.index"],
)
def test_what_does_not_belong_in_a_module_is_named(name, overwrite, check, tmp_path):
    _write_module(tmp_path / "module", [name])
    named = name if name.startswith("assets") else name.rsplit("/", 1)[0]

    with pytest.raises(errors.InputError, match=f"other files in it .'{named}'"):
        check(overwrite=overwrite)


@pytest.mark.parametrize("content", ["", "# Notes\n", "# Module 3 of my thesis\n"])
def test_a_page_of_another_program_is_not_replaced(content, check, tmp_path):
    (tmp_path / "module.md").write_text(content)

    with pytest.raises(errors.InputError, match="only a module's documentation page"):
        check(overwrite=True)


@pytest.mark.parametrize(
    "names",
    [None, ["thesis.txt"], ["saved_model.pb", "photos/1.jpg"], ["saved_model.pb"]],
)
def test_an_archive_of_something_else_is_not_replaced(names, check, tmp_path):
    if names is None:
        (tmp_path / "thesis.tar.gz").write_text("PK")
    else:
        _write_archive(tmp_path / "thesis.tar.gz", names)

    with pytest.raises(errors.InputError, match="only the archive of a module"):
        check("thesis.tar.gz", overwrite=True)


def test_an_archive_that_another_one_follows_is_not_replaced(module, check, tmp_path):
    archive = pathlib.Path(module.archive).read_bytes()
    _write_archive(tmp_path / "photos.tar.gz", ["photos/1.jpg"])
    joined = archive + (tmp_path / "photos.tar.gz").read_bytes()
    (tmp_path / "thesis.tar.gz").write_bytes(joined)

    with pytest.raises(errors.InputError, match="only the archive of a module"):
        check("thesis.tar.gz", overwrite=True)


@pytest.mark.parametrize("name", ["module", "module.md", "m.tar.gz"])
def test_a_link_is_not_replaced(name, check, tmp_path):
    (tmp_path / "mine").write_text("mine")
    (tmp_path / name).symlink_to(tmp_path / "mine")

    with pytest.raises(errors.InputError, match="found a symbolic link"):
        check("m.tar.gz", overwrite=True)


# What is read.


@pytest.mark.parametrize("kind", ["itself", "link", "hard link"])
@pytest.mark.parametrize("overwrite", [False, True])
def test_a_destination_that_is_read_is_refused(kind, overwrite, tmp_path):
    labels = page = tmp_path / "l.md"
    labels.write_text(_CARD)
    if kind != "itself":
        labels = tmp_path / "labels.txt"
        (os.symlink if kind == "link" else os.link)(str(page), str(labels))

    with pytest.raises(errors.InputError, match="apart from the labels '.*', which is"):
        destinations.plan(
            str(tmp_path / "l"), None, overwrite, {"labels": [str(labels)]}
        )


def test_a_destination_that_contains_what_is_read_is_refused(tmp_path):
    module = _write_module(tmp_path / "module")
    weights = f"{module}/variables/variables.index"

    with pytest.raises(errors.InputError, match="apart from the weights"):
        destinations.plan(module, None, True, {"weights": [weights]})


@pytest.mark.parametrize("output", ["photos", "photos/module"])
def test_a_destination_in_a_folder_that_is_read_is_refused(output, tmp_path):
    (tmp_path / "photos").mkdir()
    photographs = {"photographs": [str(tmp_path / "photos")]}

    with pytest.raises(errors.InputError, match="apart from the photographs"):
        destinations.plan(str(tmp_path / output), None, True, photographs)


@pytest.mark.parametrize(
    ("output", "archive"), [("a/new", None), ("a/b/new", None), ("new", "a/m.tar.gz")]
)
def test_a_destination_in_another_module_is_refused(output, archive, check, tmp_path):
    _write_module(tmp_path / "a")

    with pytest.raises(errors.InputError, match="outside of other modules.*/a' around"):
        check(archive, output=output)


def test_a_mount_point_is_refused():
    with pytest.raises(errors.InputError, match="found a mount point: give a path in"):
        publication.check_is_no_mount_point("/proc")


def test_a_mount_point_is_refused_as_an_output(check, monkeypatch, tmp_path):
    (tmp_path / "module").mkdir()
    monkeypatch.setattr(
        publication, "_list_mount_points", lambda: {str(tmp_path / "module")}
    )

    with pytest.raises(errors.InputError, match="found a mount point: give a path in"):
        check(overwrite=True)
