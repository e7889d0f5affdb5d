"""Every command expands, accepts or refuses the paths that users give."""

from __future__ import annotations

import os
import shutil

import numpy as np
import pytest

from efficientnet_hub import errors, paths
from efficientnet_hub.export import inspection
from efficientnet_hub.export.finetuning import module_finetuning
from efficientnet_hub.tests.export.commands import program

_PATHS = (
    "DIR",
    "FILE",
    "FOLDER",
    "SOURCE",
    "DIR_OR_ARCHIVE",
    "IMAGE",
    "MODULES.yaml",
    "OUTPUT",
    "A",
    "B",
)
_LITE0 = ["export", "--model=efficientnet-lite0", "--weights=random"]
_NO_UTF_8 = os.fsdecode(b"m\xff")


@pytest.mark.parametrize("command", program.commands())
def test_every_path_may_start_with_the_home_of_the_user(command):
    for name, action in program.actions(command).items():
        assert (action.type is paths.expand) == (action.metavar in _PATHS), name


def test_a_flag_may_start_with_the_home_of_the_user(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "there").write_text("")

    finished = program.run_here(*_LITE0, "--output=~/there")

    assert f"'{tmp_path}/home/there' must be" in program.check_refusal(finished)


def _write_photographs(folder) -> str:
    pil_image = pytest.importorskip("PIL.Image")
    generator = np.random.RandomState(0)
    for name in ("a", "b"):
        (folder / name).mkdir(parents=True)
        for number in range(3):
            pixels = generator.randint(0, 256, [32, 32, 3]).astype(np.uint8)
            pil_image.fromarray(pixels).save(str(folder / name / f"{number}.png"))
    return str(folder)


def _commands(module: str, photographs: str, output: str) -> dict[str, list[str]]:
    """Returns an argument list for each command that writes or runs a module."""
    return {
        "export": [*_LITE0, f"--output={output}"],
        "verify": ["verify", module],
        "classify": ["classify", module, os.path.join(photographs, "a", "0.png")],
        "repackage": ["repackage", module, f"--output={output}"],
        "finetune": [
            "finetune",
            f"--module={module}",
            f"--images={photographs}",
            f"--output={output}",
        ],
    }


_NAMES = sorted(_commands("", "", ""))


@pytest.mark.parametrize("character", "[\\*?")
@pytest.mark.parametrize("is_relative", [False, True])
@pytest.mark.parametrize("command", _NAMES)
def test_a_path_that_tensorflow_takes_for_a_pattern_is_refused(
    command, is_relative, character, module, tmp_path, monkeypatch
):
    folder = tmp_path / f"{character}lr=0.1]"
    shutil.copytree(module.directory, str(folder / "module"))
    photographs = _write_photographs(tmp_path / "photographs")
    monkeypatch.chdir(folder)
    where = "" if is_relative else f"{folder}/"
    argv = _commands(f"{where}module", photographs, f"{where}new")[command]

    finished = program.run_here(*argv)

    assert "takes for a pattern" in program.check_refusal(finished)
    assert os.listdir(str(folder)) == ["module"]


@pytest.mark.parametrize("flag", ["training_dir", "weights"])
def test_other_paths_for_tensorflow_are_refused_too(flag, module, tmp_path):
    folder = tmp_path / "[a]"
    shutil.copytree(f"{module.directory}/variables", str(folder))
    photographs = _write_photographs(tmp_path / "photographs")
    argv = {
        "training_dir": _commands(module.directory, photographs, f"{tmp_path}/new")[
            "finetune"
        ],
        "weights": ["export", "--model=efficientnet-lite0", f"--output={tmp_path}/new"],
    }[flag]

    finished = program.run_here(*argv, f"--{flag}={folder}/variables")

    assert f"{flag} must be a path without" in program.check_refusal(finished)
    assert sorted(os.listdir(str(tmp_path))) == ["[a]", "photographs"]


def test_photographs_may_have_any_path(module, tmp_path):
    photographs = _write_photographs(tmp_path / "[a]*")

    argv = _commands(module.directory, photographs, "")["classify"]

    assert program.check_success(program.run_here(*argv))


@pytest.mark.parametrize("command", [*_NAMES, "inspect", "build", "serve"])
def test_a_path_that_is_not_utf_8_is_refused(command, module, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    shutil.copytree(module.directory, _NO_UTF_8)
    (tmp_path / "modules.yaml").write_text(
        "modules:\n- {handle: a/b, model: efficientnet-b0, weights: random}\n"
    )
    argv = dict(
        _commands(_NO_UTF_8, "photographs", _NO_UTF_8),
        inspect=["inspect", _NO_UTF_8],
        build=["build", "modules.yaml", f"--output={_NO_UTF_8}"],
        serve=["serve", _NO_UTF_8],
    )[command]

    finished = program.run_here(*argv)

    assert "must be a path in UTF-8, found 'm\\udcff'" in program.check_refusal(
        finished
    )
    assert sorted(os.listdir(str(tmp_path))) == ["modules.yaml", _NO_UTF_8]


def test_a_nul_is_refused():
    with pytest.raises(errors.InputError, match="contains a NUL"):
        inspection.inspect_module("\0")


def test_the_name_of_a_class_must_be_utf_8(module, tmp_path):
    photographs = _write_photographs(tmp_path / "photographs")
    os.rename(f"{photographs}/a", os.path.join(photographs, _NO_UTF_8))

    with pytest.raises(errors.InputError, match="class's folder must be a path in UTF"):
        module_finetuning.finetune_module(
            module.directory, photographs, str(tmp_path / "new")
        )
    assert os.listdir(str(tmp_path)) == ["photographs"]
