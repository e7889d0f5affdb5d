"""The steps of the Dockerfile in docs/offline.md run in folders, without Docker."""

from __future__ import annotations

import os
import pathlib
import re
import shlex
import shutil
import subprocess
import sys
from typing import Iterator

import pytest

from efficientnet_hub.tests import documents

_ROOT = pathlib.Path(__file__).resolve().parents[1]
# The folders of an image that the steps use; others are those of this machine.
_FOLDERS = re.compile(r"(?<![\w.:/])/(src|opt|app)(?=/)")
_PROGRAM = """\
import tensorflow.compat.v1 as tf
import tensorflow_hub as hub

with tf.Graph().as_default(), tf.Session() as session:
    module = hub.Module("https://tfhub.dev/google/efficientnet/b2/classification/1")
    logits = module(tf.zeros([1, 224, 224, 3]))
    session.run(tf.global_variables_initializer())
    print(session.run(logits).shape)
"""

pytestmark = pytest.mark.slow


def _steps() -> Iterator[tuple[str, str]]:
    """Yields the instruction and the arguments of each step."""
    page = _ROOT / "docs" / "offline.md"
    (block,) = documents.blocks(page, "dockerfile")
    for line in block.source.replace("\\\n", " ").splitlines():
        if line:
            instruction, _, arguments = line.partition(" ")
            yield instruction, arguments


class _Stage:
    """A stage of the image: a folder in place of its root, and an environment."""

    def __init__(self, image: str, root: pathlib.Path) -> None:
        (version,) = re.fullmatch(r"python:(\d\.\d+)-slim", image).groups()
        self._root = root
        uv = shutil.which("uv") or f"{sys.executable} -m uv"
        python = root / "python"
        command = [*shlex.split(uv), "venv", "--quiet", "--python", version]
        subprocess.run([*command, str(python)], check=True)
        # uv keeps what it downloads for the next test, which pip does not.
        pip = python / "bin" / "pip"
        pip.write_text(f'#!/bin/sh\nexec {uv} pip "$@" --python {python}/bin/python\n')
        pip.chmod(0o755)
        path = f"{python / 'bin'}{os.pathsep}{os.environ['PATH']}"
        self._variables = dict(os.environ, PATH=path)
        for name in ("PYTHONPATH", "TFHUB_CACHE_DIR", "VIRTUAL_ENV"):
            self._variables.pop(name, None)

    def place(self, text: str) -> str:
        """Returns a text with the paths of the image below the folder."""
        return _FOLDERS.sub(rf"{self._root}/\1", text)

    def copy(self, source: pathlib.Path, destination: str) -> None:
        target = pathlib.Path(self.place(destination))
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(str(source), str(target))
        else:
            shutil.copy(str(source), str(target))

    def set(self, assignment: str) -> None:
        name, _, value = self.place(assignment).partition("=")
        self._variables[name] = value

    def run(self, *command: str) -> str:
        finished = subprocess.run(
            list(map(self.place, command)),
            cwd=str(self._root),
            env=self._variables,
            capture_output=True,
            text=True,
        )
        assert finished.returncode == 0, finished.stderr
        return finished.stdout


def _write_context(folder: pathlib.Path, archive: str) -> None:
    """Writes the build context that the page describes."""
    ignored = shutil.ignore_patterns(
        ".*", "build", "dist", "site", "modules", "*.egg-info", "__pycache__"
    )
    shutil.copytree(str(_ROOT), str(folder / "efficientnet_hub"), ignore=ignored)
    shutil.copy(archive, str(folder / "module.tar.gz"))
    (folder / "program.py").write_text(_PROGRAM)


def test_the_program_runs_in_the_last_stage(lite0, tmp_path):
    context = tmp_path / "context"
    context.mkdir()
    _write_context(context, lite0.archive)
    stages: dict[str, _Stage] = {}
    stage, printed = None, ""

    for instruction, arguments in _steps():
        if instruction == "FROM":
            image, *name = arguments.split()
            root = tmp_path / f"stage-{len(stages)}"
            root.mkdir()
            stage = stages[name[-1] if name else ""] = _Stage(image, root)
        elif instruction == "COPY":
            *options, source, destination = arguments.split()
            if options:
                (origin,) = options
                earlier = stages[origin[len("--from=") :]]
                stage.copy(pathlib.Path(earlier.place(source)), destination)
            else:
                stage.copy(context / source, destination)
        elif instruction == "RUN":
            stage.run("bash", "-ec", arguments)
        elif instruction == "ENV":
            stage.set(arguments)
        else:
            assert instruction == "CMD"
            shutil.rmtree(str(tmp_path / "stage-0"))
            stage.set("https_proxy=http://localhost:9")  # Nothing listens there.
            printed = stage.run(*re.findall('"(.*?)"', arguments))

    assert printed == "(1, 1000)\n"
