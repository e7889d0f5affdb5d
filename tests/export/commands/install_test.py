"""`efficientnet-hub install` as users run it."""

from __future__ import annotations

import json
import os
import shutil

import pytest

from efficientnet_hub.export.collection import layout
from efficientnet_hub.tests.export.commands import program

_HANDLE = "https://tfhub.dev/google/efficientnet/b2/classification/1"


@pytest.fixture(name="cache")
def _cache(tmp_path, monkeypatch) -> str:
    monkeypatch.setenv("TFHUB_CACHE_DIR", str(tmp_path / "cache"))
    return str(tmp_path / "cache")


def _install(module, *arguments):
    return program.run_here("install", module, f"--handle={_HANDLE}", *arguments)


def test_a_module_is_installed_listed_and_removed_without_tensorflow(
    module, tmp_path, unwanted_tensorflow
):
    environment = dict(unwanted_tensorflow, TFHUB_CACHE_DIR=str(tmp_path / "cache"))

    installed = program.output(
        "install", module.archive, f"--handle={_HANDLE}", **environment
    )
    listed = program.output("install", "--list", **environment)
    removed = program.output("install", f"--remove={_HANDLE}", **environment)

    assert installed.startswith(
        f"installed {module.archive} as {_HANDLE} in {tmp_path}"
    )
    assert listed.startswith(f"{_HANDLE}  TF1 Hub  0.")
    assert listed.endswith(" MB  no manifest\n")
    assert removed == f"removed {_HANDLE} from {tmp_path}/cache\n"
    assert os.listdir(str(tmp_path / "cache")) == []


def test_it_needs_no_numpy(module, tmp_path, tensorflow):
    environment = tensorflow("")
    (folder, *_) = environment["PYTHONPATH"].split(os.pathsep)
    missing = "raise ModuleNotFoundError('No module named numpy', name='numpy')"
    with open(os.path.join(folder, "numpy.py"), "w") as file:
        file.write(missing)
    arguments = [f"--handle={_HANDLE}", f"--cache_dir={tmp_path / 'cache'}"]

    assert program.output("install", module.archive, *arguments, **environment)
    assert program.output("install", "--list", arguments[1], **environment)


def test_a_second_installation_says_that_it_does_nothing(module, cache):
    _install(module.archive)

    printed = program.check_success(_install(module.directory))

    assert printed.startswith("already installed: ")


def test_another_module_is_refused_without_overwrite(module, cache, tmp_path):
    other = shutil.copytree(module.directory, str(tmp_path / "other"))
    (tmp_path / "other" / "variables" / "more").write_text("")
    _install(module.archive)

    refusal = program.check_refusal(_install(other))
    assert "give --overwrite to replace it" in refusal
    printed = program.check_success(_install(other, "--overwrite"))
    assert printed.startswith("replaced another module by ")


def test_warnings_are_on_stderr(module, cache, monkeypatch, tmp_path):
    monkeypatch.delenv("TFHUB_CACHE_DIR")
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))

    finished = program.run_here("install", module.archive, f"--handle={_HANDLE}/")

    assert finished.returncode == 0
    temporary, slash = finished.stderr.splitlines()
    assert "warning: " in temporary and "lost when the machine restarts" in temporary
    assert "warning: only programs whose handle ends with a slash" in slash


def test_a_saved_model_is_installed_with_a_warning(saved_model_2, cache):
    finished = _install(saved_model_2)

    assert finished.returncode == 0
    assert "warning: hub.Module cannot load a SavedModel" in finished.stderr
    listed = program.check_success(program.run_here("install", "--list"))
    assert "  SavedModel  0.0 MB  " in listed


def test_the_manifest_beside_an_archive_is_checked(module, cache, tmp_path):
    archive = tmp_path / f"1{layout.ARCHIVE}"
    archive.symlink_to(module.archive)
    (tmp_path / f"1{layout.MANIFEST}").write_text("{}")

    assert "must be a manifest that" in program.check_refusal(_install(str(archive)))
    assert not os.path.exists(cache)


def test_a_damaged_module_fails_the_list(module, cache):
    _install(module.archive)
    (name,) = [name for name in os.listdir(cache) if len(name) == 40]
    os.remove(os.path.join(cache, name, "saved_model.pb"))

    finished = program.run_here("install", "--list")

    assert finished.returncode == 1
    assert finished.stdout.startswith(f"{_HANDLE}  cannot be loaded  ")
    assert "must have a graph, saved_model.pb, found none" in finished.stderr


def test_each_use_has_a_document(module, cache):
    installed = json.loads(_install(module.archive, "--json").stdout)
    listed = json.loads(program.run_here("install", "--list", "--json").stdout)
    removed = json.loads(
        program.run_here("install", f"--remove={_HANDLE}", "--json").stdout
    )

    for document in (installed, listed, removed):
        assert (document["schema"], document["command"]) == (1, "install")
    assert (installed["outcome"], installed["handle"]) == ("installed", _HANDLE)
    assert [each["handle"] for each in listed["modules"]] == [_HANDLE]
    assert listed["modules"][0]["folder"] == installed["folder"] == removed["folder"]
    assert removed["outcome"] == "removed"


def test_notes_are_beside_the_document(module, tmp_path):
    finished = _install(module.archive, f"--cache_dir={tmp_path}/other", "--json")

    assert json.loads(finished.stdout)["outcome"] == "installed"
    assert finished.stderr.endswith(
        f"note: programs find it if they run with TFHUB_CACHE_DIR={tmp_path}/other\n"
    )


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], "install must be given a module with its handle, --list or --remove"),
        (["module"], "handle must be the address that the programs give"),
        (["module", "--handle=b2"], "is 'https://tfhub.dev/b2' meant?"),
        (["module", "--list"], "list must be given without module"),
        ([f"--handle={_HANDLE}", f"--remove={_HANDLE}"], "without handle"),
        (["--list", f"--remove={_HANDLE}"], "found both"),
        ([f"--remove={_HANDLE}"], "found no module"),
        (["nowhere", f"--handle={_HANDLE}"], "found nothing at this path"),
        (["--list", "--cache-dir=setup.py"], "found a file at 'setup.py'"),
    ],
)
def test_wrong_arguments_are_refused(arguments, words, cache):
    refusal = program.check_refusal(program.run_here("install", *arguments))

    assert words in refusal
    assert not os.path.exists(cache)
