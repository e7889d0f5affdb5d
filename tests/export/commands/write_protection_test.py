"""Nothing is replaced or removed in part because a folder in it is write-protected."""

from __future__ import annotations

import os
import pathlib
import shutil

import pytest

from efficientnet_hub.tests import ordinary_user
from efficientnet_hub.tests.export.commands import program

_HANDLE = "https://tfhub.dev/me/lite0/classification/1"

for_each_folder = pytest.mark.parametrize("protected", [".", "variables"])


def _read_all(folder: pathlib.Path) -> dict[pathlib.Path, bytes]:
    return {path: path.is_file() and path.read_bytes() for path in folder.rglob("*")}


def _check_refused(
    folder: pathlib.Path, protected: pathlib.Path, *arguments, mode: int = 0o555
) -> None:
    before = _read_all(folder)
    protected.chmod(mode)

    finished = program.run(*arguments, under=ordinary_user.UNDER)
    protected.chmod(0o755)
    after = _read_all(folder)

    sentence = program.check_refusal(finished)
    assert f"found that '{protected}' cannot be written" in sentence
    assert after == before


@pytest.fixture
def cache(module, tmp_path) -> pathlib.Path:
    """A cache with a module and its manifest."""
    path = tmp_path / "cache"
    program.output(
        "install", module.archive, f"--handle={_HANDLE}", f"--cache_dir={path}"
    )
    return path


@for_each_folder
def test_install_replaces_no_protected_module(protected, cache, module, tmp_path):
    other = shutil.copytree(module.directory, str(tmp_path / "other"))
    pathlib.Path(other, "variables", "theirs.txt").touch()
    (folder,) = filter(os.path.isdir, cache.iterdir())

    arguments = (f"--handle={_HANDLE}", f"--cache_dir={cache}", "--overwrite")
    _check_refused(cache, folder / protected, "install", other, *arguments)


@for_each_folder
def test_install_removes_no_protected_module(protected, cache):
    (folder,) = filter(os.path.isdir, cache.iterdir())

    arguments = (f"--remove={_HANDLE}", f"--cache_dir={cache}")
    _check_refused(cache, folder / protected, "install", *arguments)


def test_install_removes_no_module_with_a_folder_that_cannot_be_listed(cache):
    (folder,) = filter(os.path.isdir, cache.iterdir())

    arguments = (f"--remove={_HANDLE}", f"--cache_dir={cache}")
    _check_refused(cache, folder / "variables", "install", *arguments, mode=0o300)


@for_each_folder
def test_a_protected_module_is_not_exported_over(protected, module, tmp_path):
    output = tmp_path / "published" / "module"
    shutil.copytree(module.directory, str(output))
    shutil.copy(f"{module.directory}.md", f"{output}.md")

    _check_refused(
        output.parent,
        output / protected,
        *("export", "--model=lite0", "--weights=random"),
        *(f"--output={output}", "--overwrite"),
    )
